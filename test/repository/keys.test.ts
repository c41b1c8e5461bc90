import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalFilter } from '../../src/repository/filters.ts';
import { createKeyClasses } from '../../src/repository/key-classes.ts';

const classes = createKeyClasses({ sellers: 1, catalogs: 1, filter: 1, unknown: 1, stale: 1 }, null);

const id = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const text = fc.string({ unit: 'grapheme', maxLength: 200 });
const sellerFilter = fc.record(
  { id, name: text, customerDisplayId: id, isActive: fc.boolean() },
  { requiredKeys: [] },
);
const catalogFilter = fc.record(
  {
    id,
    customerCatalogId: text,
    agent: text,
    title: text,
    startDate: fc.date({ noInvalidDate: true }),
    endDate: fc.date({ noInvalidDate: true }),
    isCompleted: fc.boolean(),
  },
  { requiredKeys: [] },
);

/** What is asked for, told apart from all else that can be asked for, and the key that it has. */
const asked = fc.oneof(
  fc.constant(['sellers', classes.sellers.key('all')] as const),
  id.map((value) => [`seller ${value}`, classes.seller.key(value)] as const),
  id.map((value) => [`catalogs of ${value}`, classes.catalogs.key(value)] as const),
  id.map((value) => [`catalog ${value}`, classes.catalog.key(value)] as const),
  sellerFilter.map((filter) => {
    const canonical = canonicalFilter(filter) ?? {};
    return [`sellers where ${JSON.stringify(canonical)}`, classes.filteredSellers.key(canonical)] as const;
  }),
  fc.tuple(id, catalogFilter).map(([sellerId, filter]) => {
    const canonical = canonicalFilter(filter) ?? {};
    const key = classes.filteredCatalogs.key({ sellerId, filter: canonical });
    return [`catalogs of ${sellerId} where ${JSON.stringify(canonical)}`, key] as const;
  }),
);

describe('a cache key', () => {
  it('is distinct for each resource', () => {
    fc.assert(
      fc.property(asked, asked, ([oneThing, oneKey], [otherThing, otherKey]) => {
        expect(oneKey === otherKey).toBe(oneThing === otherThing);
      }),
      { numRuns: 2000 },
    );
  });

  it('ignores field order and nulls of a filter', () => {
    fc.assert(
      fc.property(sellerFilter, (filter) => {
        const shuffled = Object.fromEntries(Object.entries({ ...filter, unset: null }).reverse());
        const keyOf = (each: object) => classes.filteredSellers.key(canonicalFilter(each) ?? {});
        expect(keyOf(shuffled)).toBe(keyOf(filter));
      }),
    );
  });

  it('is bounded in length, and contains no space or brace', () => {
    fc.assert(
      fc.property(asked, ([, key]) => {
        expect(key).toMatch(/^[^\s{}]{1,220}$/);
      }),
    );
  });
});
