import fc from 'fast-check';
import { isScalarType } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createDateTimeText } from '../../src/schema/date-time-text.ts';
import { publicSchema, schema } from '../../src/schema/index.ts';

const HOUR_MS = 60 * 60_000;
const everyInstant = fc.date({ noInvalidDate: true });

describe('the text of an instant', () => {
  it('equals toISOString for every instant', () => {
    const textOf = createDateTimeText();
    fc.assert(
      fc.property(everyInstant, (date) => textOf(date) === date.toISOString()),
      { numRuns: 2000 },
    );
  });

  it('equals toISOString for instants of the same days, on both sides of every midnight', () => {
    const textOf = createDateTimeText();
    const nearby = fc.tuple(everyInstant, fc.integer({ min: -26 * HOUR_MS, max: 26 * HOUR_MS }));
    fc.assert(
      fc.property(nearby, ([date, distanceMs]) => {
        const other = new Date(date.getTime() + distanceMs);
        fc.pre(!Number.isNaN(other.getTime()));
        expect([textOf(date), textOf(other)]).toEqual([date.toISOString(), other.toISOString()]);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    '1969-12-31T23:59:59.999Z',
    '1970-01-01T00:00:00.000Z',
    '0000-01-01T00:00:00.000Z',
    '-000001-12-31T23:59:59.999Z',
    '9999-12-31T23:59:59.999Z',
    '+010000-01-01T00:00:00.000Z',
    '-271821-04-20T00:00:00.000Z',
    '+275760-09-13T00:00:00.000Z',
  ])('is correct at the boundary %s', (text) => {
    expect(createDateTimeText()(new Date(text))).toBe(text);
  });

  it('is correct after more days than the cache holds', () => {
    const textOf = createDateTimeText();
    for (let day = 0; day < 20_100; day += 1) textOf(new Date(day * 24 * HOUR_MS));
    expect(textOf(new Date(24 * HOUR_MS + 1))).toBe('1970-01-02T00:00:00.001Z');
  });

  it('throws for an invalid date', () => {
    expect(() => createDateTimeText()(new Date(Number.NaN))).toThrow(RangeError);
  });
});

describe.each([
  ['all', schema],
  ['the public', publicSchema],
])('DateTime in the schema for %s', (_, shown) => {
  const type = shown.getType('DateTime');
  const serialize = (value: unknown) => isScalarType(type) && type.serialize(value);

  it('is serialized as text, so that JSON has nothing to convert', () => {
    expect(serialize(new Date(0))).toBe('1970-01-01T00:00:00.000Z');
  });

  it('refuses a value that is not an instant', () => {
    expect(() => serialize(new Date(Number.NaN))).toThrow(
      'DateTime cannot represent an invalid Date instance',
    );
    expect(() => serialize({})).toThrow(/DateTime cannot be serialized/);
  });
});
