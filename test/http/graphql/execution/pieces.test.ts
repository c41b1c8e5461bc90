import { describe, expect, it } from 'vitest';
import { createPieces } from '../../../../src/http/graphql/execution/plan/pieces.ts';

const MB = 1024 * 1024;

/** A place that counts what it writes. */
function countingPlace(pieces = createPieces(MB), text = (value: object) => JSON.stringify(value)) {
  const written: object[] = [];
  const place = pieces.newPlace((value) => {
    written.push(value);
    return text(value);
  });
  return { written, textOf: (value: object) => Buffer.from(place(value)).toString() };
}

describe('pieces', () => {
  it('are written once for a value, in UTF-8', () => {
    const { written, textOf } = countingPlace();
    const [one, same] = [{ name: 'Łąrch 🔨' }, { name: 'Łąrch 🔨' }];
    for (const value of [one, one, same]) expect(textOf(value)).toBe('{"name":"Łąrch 🔨"}');
    expect(written).toEqual([one, same]);
  });

  it('of one value differ from place to place', () => {
    const pieces = createPieces(MB);
    const value = { id: 1 };
    const places = Array.from({ length: 5 }, (_, index) => countingPlace(pieces, () => `place ${index}`));
    for (let round = 0; round < 2; round += 1)
      for (const [index, { textOf }] of places.entries()) expect(textOf(value)).toBe(`place ${index}`);
    expect(places.map(({ written }) => written)).toEqual(places.map(() => [value]));
  });

  it('of one value are few, so that the places of many documents do not slow down its lookups', () => {
    const pieces = createPieces(MB);
    const value = { id: 1 };
    const places = Array.from({ length: 17 }, (_, index) => countingPlace(pieces, () => `place ${index}`));
    for (const [index, { textOf }] of places.entries()) expect(textOf(value)).toBe(`place ${index}`);
    expect(places.at(-1)?.textOf(value)).toBe('place 16');
    expect(places[0]?.textOf(value)).toBe('place 0');
    // The seventeenth began a new list, without the first.
    expect([places[0]?.written.length, places.at(-1)?.written.length]).toEqual([2, 1]);
  });

  it('that are used stay, and the others make room', () => {
    const { written, textOf } = countingPlace(createPieces(100_000), () => 'x'.repeat(1000));
    const used = { name: 'used' };
    const others = Array.from({ length: 500 }, (_, index) => ({ index }));
    for (const other of others) {
      textOf(other);
      textOf(used);
    }
    expect(written.filter((value) => value === used)).toHaveLength(1);
    const first = others[0] as object;
    textOf(first);
    expect(written.filter((value) => value === first)).toHaveLength(2);
  });

  it.each([0, 1, 16 * 1024, 16 * 1024 + 1, 3 * MB])('of %i bytes are whole', (length) => {
    const { textOf } = countingPlace(createPieces(MB), () => 'y'.repeat(length));
    const values = Array.from({ length: 10 }, () => ({}));
    for (let round = 0; round < 2; round += 1)
      for (const value of values) expect(textOf(value).length).toBe(length);
  });

  it('go with their value, and take no more memory than their bound', () => {
    const { textOf } = countingPlace(createPieces(2 * MB), () => 'z'.repeat(5000));
    const before = process.memoryUsage().arrayBuffers;
    const kept = Array.from({ length: 20_000 }, () => ({}));
    for (const value of kept) textOf(value);
    // 100 MB were written. A collection may be due.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50 * MB);
    expect(kept).toHaveLength(20_000);
  });
});
