import { describe, expect, it } from 'vitest';
import { decodeEntry, encodeEntry, isSameValue } from '../../src/cache/engine/encoded-entry.ts';
import type { KeyClass } from '../../src/cache/index.ts';
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
    const times = { loadBeganAt: 0, loadMs: 0, freshUntil: 0, staleUntil: 0, tags: [], generations: [] };
    const isSame = <V>({ codec }: KeyClass<never, V>, value: V, changed: V) => {
      const stored = decodeEntry('key', encodeEntry('key', { ...times, value }, codec).encoded, codec);
      if (!stored) throw new Error('not decoded');
      return [isSameValue(value, stored.value, codec), isSameValue(changed, stored.value, codec)];
    };
    const { sellers, seller: one, catalogs, catalog: single } = classes;
    expect([
      isSame(sellers, [someone], []),
      isSame(one, someone, { ...someone, name: 'Ann' }),
      isSame(catalogs, [event, undated], [event, { ...undated, sellerIds: [1] }]),
      isSame(single, event, { ...event, startDate: new Date(startDate.getTime() + 1) }),
    ]).toEqual(new Array(4).fill([true, false]));
  });
});
