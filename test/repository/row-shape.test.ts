import { describe, expect, it } from 'vitest';
import { catalogCodec, ROW_SHAPE, sellerCodec } from '../../src/repository/codecs.ts';

type Example = readonly [fields: Readonly<Record<string, unknown>>, row: readonly unknown[]];

const [sellers, catalogs] = JSON.parse(ROW_SHAPE) as [readonly Example[], readonly Example[]];

describe('the shape of rows', () => {
  it.each([
    ['seller', sellers, sellerCodec.fromJson],
    ['catalog', catalogs, catalogCodec.fromJson],
  ])('contains each field of a %s with its encoded form', (_, examples, fromJson) => {
    for (const [fields, row] of examples) expect(JSON.parse(JSON.stringify(fromJson(row)))).toEqual(fields);
    const [[fields, row] = [{}, []]] = examples;
    expect(row).toHaveLength(Object.keys(fields).length);
  });

  it.each([
    ['seller', sellers],
    ['catalog', catalogs],
  ])('changes if two columns of a %s are swapped', (_, examples) => {
    const [[, row] = [{}, []]] = examples;
    // No value is in the row twice, and none of them is null.
    expect(new Set(row.map(String)).size).toBe(row.length);
    expect(row).not.toContain(null);
  });

  it('contains the encoded form of missing values', () => {
    for (const examples of [sellers, catalogs]) {
      const [fields, row] = examples[1] as Example;
      const nullable = Object.entries(fields).filter(([name]) => name !== 'id' && name !== 'sellerIds');
      expect(nullable.map(([, value]) => value)).toEqual(nullable.map(() => null));
      expect(row.filter((value) => value !== null && !Array.isArray(value))).toHaveLength(1);
    }
  });
});
