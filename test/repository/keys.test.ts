import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalFilter } from '../../src/repository/filters.ts';
import { createKeyClasses } from '../../src/repository/key-classes.ts';
import {
  documentKey,
  kindOfKey,
  kindOfName,
  listKeyOf,
  pauseKey,
  responseKeys,
  tagFault,
} from '../../src/repository/keys.ts';

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

/** A distinct name for what is requested, and its key. */
const requested = fc.oneof(
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
      fc.property(requested, requested, ([oneThing, oneKey], [otherThing, otherKey]) => {
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
      fc.property(requested, ([, key]) => {
        expect(key).toMatch(/^[^\s{}]{1,220}$/);
      }),
    );
  });
});

describe('the keys and tags in Redis', () => {
  const { sellers, seller, catalogs, catalog, filteredSellers, filteredCatalogs } = classes;

  // Gateways of another release share them: a change here empties caches and splits invalidations.
  it.each([
    ['sellers', 'sellers_all', sellers.key('all'), sellers.tags('all'), ['sellers']],
    ['seller', 'seller_42', seller.key(42), seller.tags(42), ['seller:42', 'sellers']],
    ['seller', 'seller_-7', seller.key(-7), seller.tags(-7), ['seller:-7', 'sellers']],
    [
      'filtered sellers',
      'sellers_where_isActive=true&name=A+%26+B',
      filteredSellers.key({ isActive: true, name: 'A & B' }),
      filteredSellers.tags({ name: 'a' }),
      ['sellers'],
    ],
    [
      'catalogs',
      'catalogs_seller_42',
      catalogs.key(42),
      catalogs.tags(42),
      ['catalogs:seller:42', 'catalogs'],
    ],
    ['catalog', 'catalog_1234', catalog.key(1234), catalog.tags(1234), ['catalog:1234', 'catalogs']],
    [
      'filtered catalogs',
      'catalogs_seller_42_where_startDate=2026-06-15T12%3A00%3A00.000Z',
      filteredCatalogs.key({ sellerId: 42, filter: { startDate: new Date('2026-06-15T12:00:00Z') } }),
      filteredCatalogs.tags({ sellerId: 42, filter: {} }),
      ['catalogs:seller:42', 'catalogs'],
    ],
    [
      'filtered sellers',
      'sellers_where_sha256_3a4abbbcebb94f17fef98afedf7f9b67e61b99fb5e13f482002480a3fb86b203',
      filteredSellers.key({ name: 'n'.repeat(200) }),
      filteredSellers.tags({}),
      ['sellers'],
    ],
  ])('of %s are %s and its tags, byte for byte', (kind, expected, key, tags, expectedTags) => {
    expect(key).toBe(expected);
    expect(tags).toEqual(expectedTags);
    expect(kindOfName(key)).toBe(kind);
    expect(kindOfKey(`cat_v1.01234567:{${key}}`, 'cat_v1.')).toBe(kind);
    expect(tags.flatMap((tag) => tagFault(tag) ?? [])).toEqual([]);
  });

  const digest = '0123456789abcdef'.repeat(4);

  it.each([
    ['document', `document_${digest}`, documentKey(digest)],
    ['answer', `answer_${digest}j`, responseKeys(digest)['application/json']],
    ['answer', `answer_${digest}g`, responseKeys(digest)['application/graphql-response+json']],
    ['pause of the upstream', 'pause_catalog', pauseKey('catalog')],
    ['pause of the upstream', 'pause_identity', pauseKey('identity')],
  ])('of a %s is %s, byte for byte', (kind, expected, key) => {
    expect(key).toBe(expected);
    expect(kindOfName(key)).toBe(kind);
  });

  it.each([
    ['generation of a tag', 'cat_v1.01234567:generation:{seller:42}'],
    ['lease', 'cat_v1.01234567:{seller_42}:lease'],
    ['poll snapshot', 'cat_v1.01234567:{poll_snapshot}'],
    ['other', 'cat_v1.01234567:{seler_42}'],
    ['other', 'else_01234567:{seller_42}'],
  ])('are listed as %s for %s', (kind, redisKey) => {
    expect(kindOfKey(redisKey, 'cat_v1.')).toBe(kind);
  });

  it.each([
    'seler:42',
    'seller:',
    'seller:042',
    'seller:12345678901',
    'Sellers',
    ' sellers',
    'seller:1 ',
    '',
  ])('have no tag like %j', (tag) => {
    expect(tagFault(tag)).toContain(`${JSON.stringify(tag)} is not a valid tag. Valid tags are sellers,`);
  });

  it('are quoted in part if an invalid tag is long', () => {
    expect(tagFault(`seler:${'4'.repeat(100_000)}`)?.length).toBeLessThan(250);
  });

  it('give the key of the list that a tag is about', () => {
    expect(listKeyOf(sellers.tags('all')[0] ?? '')).toBe(sellers.key('all'));
    expect(listKeyOf(catalogs.tags(42)[0] ?? '')).toBe(catalogs.key(42));
  });

  it.each(['catalogs', 'seller:7', 'catalog:7', 'catalogs:seller:', 'catalogs:seller:7:8', ''])(
    'give no list for %j',
    (tag) => {
      expect(listKeyOf(tag)).toBeUndefined();
    },
  );
});
