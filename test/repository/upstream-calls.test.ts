import { describe, expect, it } from 'vitest';
import type { RecordedEntry } from '../../src/cache/engine/cache.ts';
import { countUpstreamCalls } from '../../src/repository/upstream-calls.ts';

type Recorded = readonly [keyClass: string, key: string, tier: RecordedEntry['tier']];

function count(...recorded: readonly Recorded[]) {
  const entry = {
    ...{ value: null, loadBeganAt: 0, loadMs: 0, freshUntil: 1, staleUntil: 2 },
    ...{ tags: [], generations: [], bytes: 4 },
  };
  return countUpstreamCalls(recorded.map(([keyClass, key, tier]) => ({ entry, keyClass, key, tier })));
}

describe('upstream calls of a response', () => {
  it('are none without reads', () => {
    expect(count()).toEqual({ needed: 0, made: 0 });
  });

  it('are one for the catalogs of all sellers, and one for the list of sellers', () => {
    expect(
      count(
        ['sellers', 'sellers_all', 'load'],
        ['catalogs', 'catalogs_seller_1', 'load'],
        ['catalogs', 'catalogs_seller_2', 'load'],
      ),
    ).toEqual({ needed: 2, made: 2 });
  });

  it("are two for the list of all sellers' catalogs, however many records it takes", () => {
    expect(count(['upcoming', 'upcoming', 'memory'], ['upcoming', 'upcoming', 'memory'])).toEqual({
      needed: 2,
      made: 0,
    });
  });

  it('are one for each resource requested by id', () => {
    expect(
      count(
        ['seller', 'seller_1', 'memory'],
        ['seller', 'seller_2', 'redis'],
        ['catalog', 'catalog_1', 'load'],
      ),
    ).toEqual({ needed: 3, made: 1 });
  });

  it('are one for each seller found in the list', () => {
    expect(count(['sellers', 'sellers_all', 'memory'], ['sellers', 'sellers_all', 'memory'])).toEqual({
      needed: 2,
      made: 0,
    });
  });

  it('are none for a list that does not contain the resource', () => {
    expect(
      count(
        ['sellers', 'sellers_all', 'memory'],
        ['seller', 'seller_9', 'load'],
        ['catalogs', 'catalogs_seller_1', 'redis'],
        ['catalog', 'catalog_9', 'memory'],
      ),
    ).toEqual({ needed: 2, made: 1 });
  });

  it('are one for a list loaded beside a resource requested by id', () => {
    expect(count(['sellers', 'sellers_all', 'load'], ['seller', 'seller_9', 'load'])).toEqual({
      needed: 2,
      made: 2,
    });
  });

  it('are one for each filter of sellers, and one for the filtered catalogs of all sellers', () => {
    expect(
      count(
        ['filtered-sellers', 'sellers_where_a', 'memory'],
        ['filtered-sellers', 'sellers_where_b', 'memory'],
        ['filtered-catalogs', 'catalogs_seller_1_where_a', 'memory'],
        ['filtered-catalogs', 'catalogs_seller_2_where_a', 'memory'],
      ),
    ).toEqual({ needed: 3, made: 0 });
  });

  it('count as made if a part of one call was missing', () => {
    expect(
      count(['catalogs', 'catalogs_seller_1', 'memory'], ['catalogs', 'catalogs_seller_2', 'load']),
    ).toEqual({ needed: 1, made: 1 });
  });
});
