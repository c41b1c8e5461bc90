import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createKeyClasses, type TtlPolicy } from '../../src/repository/key-classes.ts';
import { catalog, seller } from '../support/records.ts';

const BOUNDS = { floorMs: 30_000, ceilingMs: 3_600_000 };
const TTL: TtlPolicy = { sellers: 60_000, catalogs: 300_000, filter: 5000, unknown: 1000, stale: 600_000 };

/** The bounds of each class, by its name. */
function boundsOf(ttlMs: TtlPolicy, adaptive: typeof BOUNDS | null) {
  return Object.fromEntries(
    Object.values(createKeyClasses(ttlMs, adaptive)).map(({ name, policy }) => [name, policy.adaptive]),
  );
}

describe('an adaptive lifetime', () => {
  it('applies to sellers and catalogs, and not to filtered lists', () => {
    expect(boundsOf(TTL, BOUNDS)).toEqual({
      sellers: BOUNDS,
      seller: BOUNDS,
      'filtered-sellers': null,
      catalogs: BOUNDS,
      catalog: BOUNDS,
      'filtered-catalogs': null,
    });
  });

  it('is off by default', () => {
    expect(new Set(Object.values(boundsOf(TTL, null)))).toEqual(new Set([null]));
  });

  it('never caches a class with a lifetime of 0', () => {
    const { sellers, seller, catalogs } = boundsOf({ ...TTL, sellers: 0 }, BOUNDS);
    expect([sellers, seller, catalogs]).toEqual([null, null, BOUNDS]);
  });

  it('treats a value from Redis as unchanged if it equals the stored one', () => {
    const classes = createKeyClasses(TTL, BOUNDS);
    const someone = seller(1, { name: null, customerDisplayId: 7, isActive: false });
    const startDate = new Date(1_780_000_000_000);
    const rest = { agent: 'Ann', endDate: startDate, isCompleted: true, sellerIds: [1, 7] };
    const event = catalog(2, { title: 'Clocks', startDate, ...rest });
    const undated = { ...event, id: 3, startDate: null };
    const throughJson = (json: unknown) => JSON.parse(JSON.stringify(json));
    const same = [
      isDeepStrictEqual(
        classes.sellers.codec.fromJson(throughJson(classes.sellers.codec.toJson([someone]))),
        [someone],
      ),
      isDeepStrictEqual(
        classes.seller.codec.fromJson(throughJson(classes.seller.codec.toJson(someone))),
        someone,
      ),
      isDeepStrictEqual(
        classes.catalogs.codec.fromJson(throughJson(classes.catalogs.codec.toJson([event, undated]))),
        [event, undated],
      ),
      isDeepStrictEqual(
        classes.catalog.codec.fromJson(throughJson(classes.catalog.codec.toJson(event))),
        event,
      ),
    ];
    expect(same).toEqual([true, true, true, true]);
  });
});
