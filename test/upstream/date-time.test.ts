import { describe, expect, it } from 'vitest';
import { formatWallTime, parseDateTime } from '../../src/upstream/date-time.ts';

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

  it('that the clocks skip is as much later', () => {
    expect(parsed('2026-03-29T02:30:00', 'Europe/Berlin')).toBe('2026-03-29T01:30:00.000Z');
  });

  it('that the clocks repeat is the earlier one', () => {
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
  ])('that is none is null: %j', (text) => {
    expect(parseDateTime(text, 'UTC')).toBeNull();
    expect(parseDateTime(text, 'America/New_York')).toBeNull();
  });
});

describe('an instant as wall time', () => {
  it('carries no offset, and milliseconds only where it has some', () => {
    expect(formatWallTime(new Date('2026-09-01T04:00:00Z'), 'America/New_York')).toBe('2026-09-01T00:00:00');
    expect(formatWallTime(new Date('2026-09-01T04:00:00.120Z'), 'UTC')).toBe('2026-09-01T04:00:00.120');
  });

  it('reads back as the same instant', () => {
    const instant = new Date('2026-06-30T22:15:07.001Z');
    expect(parseDateTime(formatWallTime(instant, 'Asia/Tokyo'), 'Asia/Tokyo')).toEqual(instant);
  });
});
