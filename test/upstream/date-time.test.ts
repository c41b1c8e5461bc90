import fc from 'fast-check';
import { isScalarType } from 'graphql';
import { describe, expect, it } from 'vitest';
import { schema } from '../../src/schema/index.ts';
import { formatWallTime, isUnsetDate, parseDateTime } from '../../src/upstream/date-time.ts';

const parsed = (text: string, timeZone: string) => parseDateTime(text, timeZone)?.toISOString() ?? null;

describe('an upstream date-time', () => {
  it.each([
    ['2026-09-01T00:00:00', 'UTC', '2026-09-01T00:00:00.000Z'],
    ['2026-09-01T00:00:00', 'America/New_York', '2026-09-01T04:00:00.000Z'],
    ['2026-01-01T00:00:00', 'America/New_York', '2026-01-01T05:00:00.000Z'],
    ['2026-09-01T00:00:00', 'Asia/Kolkata', '2026-08-31T18:30:00.000Z'],
  ])('without an offset is wall time: %s in %s', (text, timeZone, instant) => {
    expect(parsed(text, timeZone)).toBe(instant);
  });

  it.each([
    ['2026-09-01T00:00:00Z', '2026-09-01T00:00:00.000Z'],
    ['2026-09-01T00:00:00+02:00', '2026-08-31T22:00:00.000Z'],
    ['2026-09-01T00:00:00.5-05:30', '2026-09-01T05:30:00.500Z'],
  ])('with an offset is that instant in any zone: %s', (text, instant) => {
    expect(parsed(text, 'Europe/Berlin')).toBe(instant);
    expect(parsed(text, 'UTC')).toBe(instant);
  });

  it.each([
    ['2026-02-18T09:34:16.8', '.800Z'],
    ['2026-02-18T09:34:16.85', '.850Z'],
    ['2026-02-18T09:34:16.856', '.856Z'],
    ['2026-02-18T09:34:16.8569999', '.856Z'],
  ])('has fractions cut to the millisecond: %s', (text, fraction) => {
    expect(parsed(text, 'UTC')).toBe(`2026-02-18T09:34:16${fraction}`);
    expect(parsed(text, 'Europe/London')).toBe(`2026-02-18T09:34:16${fraction}`);
  });

  it('that the clocks skip moves forward by the skipped time', () => {
    expect(parsed('2026-03-29T02:30:00', 'Europe/Berlin')).toBe('2026-03-29T01:30:00.000Z');
  });

  it('that the clocks repeat means its first occurrence', () => {
    expect(parsed('2026-10-25T02:30:00', 'Europe/Berlin')).toBe('2026-10-25T00:30:00.000Z');
  });

  it.each([
    '',
    'soon',
    '2026-09-01',
    '2026-02-30T00:00:00',
    '2026-13-01T00:00:00',
    '2026-09-01T24:00:00',
    '2026-09-01T00:61:00',
    '2026-09-01T00:00:00+25:00',
    '2026-09-01T00:00:00 ',
    '1/9/2026 0:00',
    '0099-01-01T00:00:00',
    '0000-06-01T00:00:00',
    '-0001-06-01T00:00:00',
    '+010000-01-01T00:00:00',
    '10000-01-01T00:00:00',
    '2026-06-30T23:59:60',
    '2016-12-31T23:59:60Z',
    '2026-09-01T00:00:00.',
    '2026-09-01T00:00:00.1234567890',
  ])('that is invalid is null: %j', (text) => {
    expect(parseDateTime(text, 'UTC')).toBeNull();
    expect(parseDateTime(text, 'America/New_York')).toBeNull();
  });
});

describe('an instant as wall time', () => {
  it('has no offset, and milliseconds only if they are not 0', () => {
    expect(formatWallTime(new Date('2026-09-01T04:00:00Z'), 'America/New_York')).toBe('2026-09-01T00:00:00');
    expect(formatWallTime(new Date('2026-09-01T04:00:00.120Z'), 'UTC')).toBe('2026-09-01T04:00:00.120');
  });

  it('reads back as the same instant', () => {
    const instant = new Date('2026-06-30T22:15:07.001Z');
    expect(parseDateTime(formatWallTime(instant, 'Asia/Tokyo'), 'Asia/Tokyo')).toEqual(instant);
  });
});

describe('a date at the limits of the format', () => {
  const ZONES = ['UTC', 'America/New_York', 'Pacific/Pago_Pago', 'Asia/Tokyo', 'Pacific/Kiritimati'];
  const LAST = '9999-12-31T23:59:59.999Z';

  it.each([
    ['9999-12-31T23:59:59.9999999', 'UTC', LAST],
    ['9999-12-31T23:59:59.9999999', 'America/New_York', LAST],
    ['9999-12-31T23:59:59.9999999', 'Asia/Tokyo', '9999-12-31T14:59:59.999Z'],
    ['9999-12-31T23:59:59.9999999Z', 'America/New_York', LAST],
    ['9999-12-31T23:59:59-05:00', 'UTC', LAST],
    ['9999-12-31T19:00:00', 'America/New_York', LAST],
    ['9999-12-31T18:59:59', 'America/New_York', '9999-12-31T23:59:59.000Z'],
  ])('keeps a four-digit year: %s in %s', (text, timeZone, instant) => {
    expect(parsed(text, timeZone)).toBe(instant);
  });

  it.each([
    [LAST, 'UTC', '9999-12-31T23:59:59.999'],
    [LAST, 'Asia/Tokyo', '9999-12-31T23:59:59.999'],
    [LAST, 'America/New_York', '9999-12-31T18:59:59.999'],
    ['+010000-01-01T04:59:59.000Z', 'UTC', '9999-12-31T23:59:59.999'],
    ['0001-01-01T00:00:00.000Z', 'UTC', '0001-01-01T00:00:00'],
    ['0001-01-01T00:00:00.000Z', 'America/New_York', '0001-01-01T00:00:00'],
    ['-000001-12-31T19:00:00.000Z', 'UTC', '0001-01-01T00:00:00'],
    ['0999-06-01T12:00:00.000Z', 'UTC', '0999-06-01T12:00:00'],
  ])('is sent in a form that the upstream can parse: %s in %s', (instant, timeZone, wallTime) => {
    expect(formatWallTime(new Date(instant), timeZone)).toBe(wallTime);
  });

  it('is valid for the DateTime scalar, like every other date of a payload', () => {
    const scalar = schema.getType('DateTime');
    if (!isScalarType(scalar)) throw new TypeError('DateTime is a scalar');
    const two = (min: number, max: number) => fc.integer({ min, max }).map((n) => String(n).padStart(2, '0'));
    const year = fc
      .oneof(fc.constantFrom(101, 999, 1000, 9999), fc.integer({ min: 101, max: 9999 }))
      .map((n) => String(n).padStart(4, '0'));
    const text = fc
      .tuple(
        fc.tuple(year, two(1, 12), two(1, 31)).map((parts) => parts.join('-')),
        fc.tuple(two(0, 23), two(0, 59), two(0, 59)).map((parts) => parts.join(':')),
        fc.constantFrom('', '.9', '.9999999', '.0010000', '.123456789'),
        fc.constantFrom('', '', '', 'Z', '+14:00', '-12:00', '+23:59', '-23:59'),
      )
      .map(([date, time, fraction, offset]) => `${date}T${time}${fraction}${offset}`);
    fc.assert(
      fc.property(text, fc.constantFrom(...ZONES), (given, timeZone) => {
        const instant = parseDateTime(given, timeZone);
        if (instant === null) return;
        const written = scalar.serialize(instant);
        expect(written).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
        const accepted = scalar.parseValue(written);
        expect(accepted).toEqual(instant);
        const wallTime = formatWallTime(accepted as Date, timeZone);
        expect(wallTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?$/);
        expect(formatWallTime(parseDateTime(wallTime, timeZone) as Date, timeZone)).toBe(wallTime);
      }),
      { numRuns: 5000, seed: 4 },
    );
  });
});

describe('an unset date', () => {
  it.each([
    '0001-01-01T00:00:00',
    '0001-01-01T00:00:00.0000000',
    '0001-01-01T00:00:00Z',
    '0001-01-01T00:00:00+00:00',
    '0001-01-01T05:00:00Z',
    '0001-01-01T00:00:00.0000000-05:00',
  ])('is the .NET minimum in any zone: %s', (text) => {
    expect(isUnsetDate(text)).toBe(true);
  });

  it.each([
    '0001-01-01',
    '0001-01-01T',
    '0001-01-01T00:00:00 or later',
    '0001-01-02T00:00:00',
    '',
    '2026-01-01T00:00:00',
  ])('is no other date: %j', (text) => {
    expect(isUnsetDate(text)).toBe(false);
  });
});
