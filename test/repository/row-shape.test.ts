import { describe, expect, it } from 'vitest';
import { catalogsCodec, ROW_SHAPE, sellersCodec } from '../../src/repository/codecs.ts';

type Example = Readonly<Record<string, unknown>>;
type Shape = readonly [examples: readonly [all: Example, none: Example], bytes: string];

const [sellers, catalogs] = JSON.parse(ROW_SHAPE) as [Shape, Shape];

describe('the shape of rows', () => {
  it.each([
    ['seller', sellers, sellersCodec.fromBytes],
    ['catalog', catalogs, catalogsCodec.fromBytes],
  ])('contains each field of a %s with its encoded form', (_, [examples, bytes], fromBytes) => {
    const rows = fromBytes(Buffer.from(bytes, 'hex')).slice();
    expect(JSON.parse(JSON.stringify(rows))).toEqual(examples);
  });

  it.each([
    ['seller', sellers],
    ['catalog', catalogs],
  ])('changes if two columns of a %s are swapped', (_, [[example]]) => {
    // No value is in the row twice, and none of them is null.
    const values = Object.values(example);
    expect(new Set(values.map(String)).size).toBe(values.length);
    expect(values).not.toContain(null);
  });

  it('contains the encoded form of missing values', () => {
    for (const [[, example]] of [sellers, catalogs]) {
      const nullable = Object.entries(example).filter(([name]) => name !== 'id' && name !== 'sellerIds');
      expect(nullable.map(([, value]) => value)).toEqual(nullable.map(() => null));
    }
  });
});
