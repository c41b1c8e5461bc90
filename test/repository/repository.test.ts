import { describe, expect, it } from 'vitest';
import { createRepository } from '../../src/repository/index.ts';
import { startCacheProcess } from '../support/cache-process.ts';

const BOUNDS = { floorMs: 30_000, ceilingMs: 3_600_000 };
const SELLER = { id: 1, name: 'Someone', customerDisplayId: 7 };

describe('a repository', () => {
  async function start(adaptiveTtl: typeof BOUNDS | null) {
    const { cache, keyValue, clock, events } = await startCacheProcess();
    const repository = createRepository({
      cache,
      keyValue,
      api: { sellers: async () => [{ ...SELLER }] } as never,
      ttlMs: { sellers: 60_000, catalogs: 60_000, filter: 0, unknown: 1000, stale: 60_000 },
      adaptiveTtl,
      businessTimeZone: 'America/New_York',
      sortLocale: 'en',
      clock: { now: () => clock.ms, monotonic: () => clock.ms },
      report: () => {},
    });
    const reload = () => repository.sellers.list(null, repository.newRead({ mode: 'refresh' }));
    await reload();
    clock.ms += 60_000;
    await reload();
    return { events, repository };
  }

  it('adapts the lifetimes of its lists if configured', async () => {
    const { events } = await start(BOUNDS);
    expect(events.filter(({ type }) => type === 'lifetime-adapted')).toEqual([
      { type: 'lifetime-adapted', keyClass: 'sellers', change: 'longer', freshMs: 90_000 },
    ]);
  });

  it('keeps fixed lifetimes otherwise', async () => {
    const { events } = await start(null);
    expect(events.filter(({ type }) => type === 'lifetime-adapted')).toEqual([]);
  });
});
