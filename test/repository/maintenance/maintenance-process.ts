import type { CacheEvent } from '../../../src/cache/events.ts';
import type { RepositoryEvent } from '../../../src/repository/events.ts';
import { createKeyClasses } from '../../../src/repository/key-classes.ts';
import { createKeepWarm } from '../../../src/repository/maintenance/keep-warm.ts';
import { createPoller } from '../../../src/repository/maintenance/poller.ts';
import {
  createRateLimiter,
  type RateLimiterOptions,
} from '../../../src/repository/maintenance/rate-limiter.ts';
import { createWarmUp } from '../../../src/repository/maintenance/warm-up.ts';
import type { CatalogApi } from '../../../src/upstream/catalog-api.ts';
import { type CacheProcess, startCacheProcess } from '../../support/cache-process.ts';
import type { Source } from './source.ts';
import { virtualTime } from './virtual-time.ts';

export const POLL_MS = 60_000;
export const TTL_MS = { sellers: 600_000, catalogs: 300_000, filter: 0, unknown: 0, stale: 3_600_000 };

type Type = RepositoryEvent['type'];

/** Over a cache of its own, without a Redis. */
export async function startLoneMaintenance(source: Pick<Source, 'api'>) {
  return startMaintenance(await startCacheProcess(), source);
}

/** What looks after the cache of one process, in front of a source. */
export function startMaintenance(
  { cache, keyValue, clock, events }: CacheProcess,
  { api }: { readonly api: CatalogApi },
  random = 0.5,
  // What is paced waits in a time of its own, so that the time of the cache is the test's.
  time: Pick<RateLimiterOptions, 'clock' | 'sleep'> = virtualTime(),
) {
  const told: RepositoryEvent[] = [];
  const keyClasses = createKeyClasses(TTL_MS, null);
  const parts = {
    ...{ cache, keyValue, api, keyClasses, pollMs: POLL_MS, maxSellers: 2 },
    clock: { now: () => clock.ms, monotonic: () => clock.ms },
    limiter: createRateLimiter({ callsPerSecond: 1000, ...time }),
    sleep: time.sleep,
    random: () => random,
    report: (event: RepositoryEvent) => void told.push(event),
  };
  const poller = createPoller(parts);
  const going = new AbortController().signal;
  let seen = 0;
  return {
    ...{ cache, clock, keyClasses, events, told },
    poller,
    warmUp: createWarmUp(parts),
    keepWarm: createKeepWarm(parts),
    toldOf: <T extends Type>(type: T) =>
      told.filter((event): event is Extract<RepositoryEvent, { type: T }> => event.type === type),
    /** Polls when its time has come again. */
    async poll() {
      clock.ms += POLL_MS;
      await poller.poll(going);
    },
    /** The tags that were invalidated since the last call, sorted. */
    invalidated() {
      const invalidations = events.filter(
        (event): event is Extract<CacheEvent, { type: 'invalidated' }> => event.type === 'invalidated',
      );
      const tags = invalidations.slice(seen).flatMap((event) => event.tags);
      seen = invalidations.length;
      return tags.sort();
    },
    /** Reads a seller's catalogs as an answer does; whether they had to be loaded. */
    async readCatalogs(sellerId: number) {
      let loaded = false;
      const lists = await cache.getMany(keyClasses.catalogs, [sellerId], async (ids) => {
        loaded = true;
        return api.catalogsOf(ids);
      });
      await cache.idle();
      return { list: lists.get(sellerId), loaded };
    },
  };
}
