import { describe, expect, it } from 'vitest';
import { createKeyClasses } from '../../src/repository/key-classes.ts';
import { kindOfName, listOfTag } from '../../src/repository/names.ts';
import { tagFault } from '../../src/repository/keys.ts';

const classes = createKeyClasses({ sellers: 1, catalogs: 1, filter: 1, unknown: 1, stale: 1 }, null);
const { sellers, seller, catalogs, catalog, filteredSellers, filteredCatalogs } = classes;

describe('names that operators see', () => {
  it.each([
    ['sellers', sellers.key('all'), sellers.tags('all')],
    ['seller', seller.key(7), seller.tags(7)],
    ['filtered sellers', filteredSellers.key({ name: 'a' }), filteredSellers.tags({ name: 'a' })],
    ['catalogs', catalogs.key(7), catalogs.tags(7)],
    ['catalog', catalog.key(7), catalog.tags(7)],
    ['filtered catalogs', filteredCatalogs.key({ sellerId: 7, filter: { title: 'a' } }), []],
  ])('match the keys of %s', (kind, key, tags) => {
    expect(kindOfName(key)).toBe(kind);
    expect(tags.flatMap((tag) => tagFault(tag) ?? [])).toEqual([]);
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
  ])('reject an invalid tag: %j', (tag) => {
    expect(tagFault(tag)).toContain(`${JSON.stringify(tag)} is not a valid tag. Valid tags are sellers,`);
  });

  it('quote only the start of a long tag', () => {
    expect(tagFault(`seler:${'4'.repeat(100_000)}`)?.length).toBeLessThan(250);
  });

  it('map the tag of a list to the name of the list', () => {
    expect(listOfTag(sellers.tags('all')[0] ?? '')).toBe(sellers.key('all'));
    expect(listOfTag(catalogs.tags(42)[0] ?? '')).toBe(catalogs.key(42));
  });

  it.each(['catalogs', 'seller:7', 'catalog:7', 'catalogs:seller:', 'catalogs:seller:7:8', ''])(
    'map no other tag to a list: %j',
    (tag) => {
      expect(listOfTag(tag)).toBeUndefined();
    },
  );
});
