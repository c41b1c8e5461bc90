import { createCache } from 'async-cache-dedupe';
import { Redis } from 'ioredis';
import {
  type Catalogs,
  COMMON_TAG,
  type Contender,
  type LoadCatalogs,
  REDIS_TIMEOUT_MS,
  TTL_MS,
  tagOf,
} from '../contender.ts';

const TTL_SECONDS = TTL_MS / 1000;
const MOST_ENTRIES = 100_000;

/** The library has one tier, so it takes part twice. This contender never uses Redis. */
export const asyncCacheDedupeMemory: Contender = {
  name: 'async-cache-dedupe (memory)',
  note: 'memory only: it has one tier',
  open: async () =>
    openWith({ type: 'memory', options: { size: MOST_ENTRIES, invalidation: true } }, async () => {}),
};

export const asyncCacheDedupeRedis: Contender = {
  name: 'async-cache-dedupe (Redis)',
  note: 'Redis only: it has one tier; the ioredis client given a command timeout',
  async open(redisUrl, commandTimeout = REDIS_TIMEOUT_MS) {
    const client = new Redis(redisUrl, { commandTimeout, maxRetriesPerRequest: 0 });
    client.on('error', () => {});
    const options = { client, invalidation: { referencesTTL: TTL_SECONDS } };
    return openWith({ type: 'redis', options }, async () => client.disconnect());
  },
};

type Storage = NonNullable<NonNullable<Parameters<typeof createCache>[0]>['storage']>;

function openWith(storage: Storage, close: () => Promise<void>) {
  // `define` takes its function once and `get` takes a load each time, so the function uses the load of the current call.
  const loads = new Map<number, LoadCatalogs>();
  const cache = createCache({ ttl: TTL_SECONDS, storage }).define(
    'catalogs',
    { references: (sellerId: number) => [tagOf(sellerId), COMMON_TAG] },
    (sellerId: number): Promise<Catalogs> => (loads.get(sellerId) as LoadCatalogs)(sellerId),
  );
  return {
    get(sellerId: number, load: LoadCatalogs) {
      loads.set(sellerId, load);
      return cache.catalogs(sellerId);
    },
    invalidateTag: (tag: string) => cache.invalidateAll([tag]),
    close,
  };
}
