import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { surrogateHeaders } from '../../../src/http/response-cache/surrogate-keys.ts';
import { coarseTag } from '../../../src/repository/keys.ts';

const MOST_BYTES = 7 * 1024;

function sellersWithCatalogs(count: number): readonly string[] {
  const ids = Array.from({ length: count }, (_, index) => 2_000_000_000 + index);
  return ['sellers', 'catalogs', ...ids.map((id) => `catalogs:seller:${id}`)];
}

describe('surrogate keys', () => {
  it('are the tags, in the format of each CDN', () => {
    expect(surrogateHeaders(['sellers', 'seller:42', 'catalogs:seller:42'])).toEqual({
      'Surrogate-Key': 'sellers seller:42 catalogs:seller:42',
      'Cache-Tag': 'sellers,seller:42,catalogs:seller:42',
    });
  });

  it('name each seller of the largest page', () => {
    const tags = sellersWithCatalogs(200);
    expect(surrogateHeaders(tags)['Surrogate-Key'].split(' ')).toEqual(tags);
  });

  it('are replaced by the coarse tags, each once, if they do not fit', () => {
    const tags = [...sellersWithCatalogs(400), 'seller:1', 'catalog:7'];
    expect(surrogateHeaders(tags)).toEqual({
      'Surrogate-Key': 'sellers catalogs',
      'Cache-Tag': 'sellers,catalogs',
    });
  });

  it('include the coarse tag even if it is not among the tags', () => {
    const tags = sellersWithCatalogs(400).filter((tag) => tag !== 'catalogs');
    expect(surrogateHeaders(tags)['Cache-Tag']).toBe('sellers,catalogs');
  });

  it.each([
    ['sellers', 'sellers'],
    ['catalogs', 'catalogs'],
    ['seller:42', 'sellers'],
    ['catalog:7', 'catalogs'],
    ['catalogs:seller:42', 'catalogs'],
  ])('cover %s with %s', (tag, coarse) => {
    expect(coarseTag(tag)).toBe(coarse);
  });

  it('cover every tag, and never exceed the header limit', () => {
    const id = fc.nat();
    const tag = fc.oneof(
      fc.constantFrom('sellers', 'catalogs'),
      id.map((n) => `seller:${n}`),
      id.map((n) => `catalog:${n}`),
      id.map((n) => `catalogs:seller:${n}`),
    );
    fc.assert(
      fc.property(fc.uniqueArray(tag, { size: 'max', maxLength: 900 }), (tags) => {
        const header = surrogateHeaders(tags)['Cache-Tag'];
        const keys = new Set(header.split(','));
        expect(header.length).toBeLessThanOrEqual(MOST_BYTES);
        expect(tags.filter((each) => !keys.has(each) && !keys.has(coarseTag(each)))).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });
});
