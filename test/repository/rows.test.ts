import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BytesForm } from '../../src/cache/index.ts';
import type { Catalog } from '../../src/domain/catalog.ts';
import { MAX_INSTANT_MS, MIN_INSTANT_MS } from '../../src/domain/instant.ts';
import { LazyList, type List } from '../../src/domain/list.ts';
import { paginate } from '../../src/domain/page.ts';
import type { Seller } from '../../src/domain/seller.ts';
import { catalogCodec, catalogsCodec, sellersCodec } from '../../src/repository/codecs.ts';
import { idsOf } from '../../src/repository/rows.ts';
import { catalog } from '../support/records.ts';

const int32 = fc.integer();
const text = fc.option(fc.string({ unit: 'binary', maxLength: 40 }).map((each) => each.toWellFormed()));
const instant = fc.option(fc.integer({ min: MIN_INSTANT_MS, max: MAX_INSTANT_MS }).map((ms) => new Date(ms)));
const bit = fc.option(fc.boolean());
const catalogRow: fc.Arbitrary<Catalog> = fc.record({
  ...{ id: int32, title: text, customerCatalogId: text, startDate: instant, agent: text, endDate: instant },
  ...{ isCompleted: bit, sellerIds: fc.array(int32, { maxLength: 4 }) },
});
const sellerRow: fc.Arbitrary<Seller> = fc.record({
  ...{ id: int32, name: text, customerDisplayId: fc.option(int32), isActive: bit },
});
const position = fc.integer({ min: -40, max: 40 });

function storedList<T>(rows: readonly T[], codec: BytesForm<List<T>>) {
  return codec.fromBytes(codec.toBytes(rows));
}

describe('a stored list', () => {
  it('equals the list that was stored, in every operation', () => {
    fc.assert(
      fc.property(fc.array(catalogRow, { maxLength: 30 }), position, position, (rows, start, end) => {
        const list = storedList(rows, catalogsCodec);
        expect(list).toHaveLength(rows.length);
        // Before any row is decoded.
        expect(idsOf(list)).toEqual(idsOf(rows));
        expect(list.at(start)).toEqual(rows.at(start));
        expect(list.slice(start, end)).toEqual(rows.slice(start, end));
        expect(list.slice(start)).toEqual(rows.slice(start));
        const request = { page: Math.abs(start) + 1, pageSize: Math.abs(end) + 1 };
        expect(paginate(list, request)).toEqual(paginate(rows, request));
        expect([...list]).toEqual(rows);
        expect(catalogsCodec.toBytes(list)).toEqual(catalogsCodec.toBytes(rows));
      }),
    );
  });

  it('keeps all fields of sellers', () => {
    fc.assert(
      fc.property(fc.array(sellerRow, { maxLength: 30 }), (rows) => {
        expect(storedList(rows, sellersCodec).slice()).toEqual(rows);
      }),
    );
  });

  it('decodes a row once', () => {
    const list = storedList([catalog(1), catalog(2)], catalogsCodec);
    const [first, second] = list.slice();
    expect(list.at(0)).toBe(first);
    expect([...list][1]).toBe(second);
  });

  it('does not change with the bytes that it was read from', () => {
    const bytes = catalogsCodec.toBytes([catalog(1)]);
    const list = catalogsCodec.fromBytes(bytes);
    bytes.fill(0);
    expect(list.slice()).toEqual([catalog(1)]);
  });

  it('of one row is the row, and of none is null', () => {
    for (const row of [catalog(1), null])
      expect(catalogCodec.fromBytes(catalogCodec.toBytes(row))).toEqual(row);
  });
});

describe('bytes that no list was stored as', () => {
  it('throw at once, or are a list of valid rows', () => {
    const changed = fc
      .tuple(
        fc.array(catalogRow, { maxLength: 5 }),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 20 }),
      )
      .map(([rows, changes]) => {
        const bytes = catalogsCodec.toBytes(rows);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        return bytes;
      });
    const any = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes));
    // A list of rows that are all random, of the right length.
    const letters = Buffer.from('é text');
    const blank = catalogsCodec.toBytes([catalog(1, { title: null })]);
    const random = fc.uint8Array({ minLength: blank.length, maxLength: blank.length }).map((row) => {
      const bytes = Buffer.concat([row, letters]);
      bytes.writeUInt32LE(1);
      bytes.writeUInt32LE(letters.length, 4);
      return bytes;
    });
    let lists = 0;
    fc.assert(
      fc.property(fc.oneof(changed, any, random), (bytes) => {
        const list = decodeOrNone(bytes);
        if (!list) return;
        lists += 1;
        expect(idsOf(list)).toEqual([...list].map(({ id }) => id));
        for (const row of list) expect(isValid(row)).toBe(true);
      }),
      { numRuns: 3000, seed: 20_260_730 },
    );
    expect(lists).toBeGreaterThan(1000);
  });
});

describe('a lazy list', () => {
  it('equals the array of its items', () => {
    fc.assert(
      fc.property(fc.array(int32), position, position, (items, start, end) => {
        const list = new LazyList(items.length, (at) => items[at] as number);
        expect(list.at(start)).toBe(items.at(start));
        expect(list.slice(start, end)).toEqual(items.slice(start, end));
        expect([...list]).toEqual(items);
      }),
    );
  });
});

function decodeOrNone(bytes: Buffer): List<Catalog> | undefined {
  try {
    return catalogsCodec.fromBytes(bytes);
  } catch {
    return undefined;
  }
}

function isValid(row: Catalog): boolean {
  const { id, title, customerCatalogId, agent, startDate, endDate, isCompleted, sellerIds } = row;
  return (
    [id, ...sellerIds].every((each) => (each | 0) === each) &&
    [title, customerCatalogId, agent].every((each) => each === null || each.isWellFormed()) &&
    [startDate, endDate].every((each) => each === null || Number.isInteger(each.getTime())) &&
    [true, false, null].includes(isCompleted)
  );
}
