import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { systemClock } from '../../../src/cache/clock.ts';
import { type Cache, createCache } from '../../../src/cache/engine/cache.ts';
import { defineKeyClass } from '../../../src/cache/engine/key-class.ts';
import { createMemoryStore } from '../../../src/cache/memory/memory-store.ts';
import { createRedisBackplane } from '../../../src/cache/redis/backplane.ts';
import { createRedisClient } from '../../../src/cache/redis/client.ts';
import { connectRedis, connectSubscriber } from '../../../src/cache/redis/connection.ts';
import { createSharedTier } from '../../../src/cache/redis/shared-tier.ts';
import { catalogsCodec } from '../../../src/repository/codecs.ts';
import { failureCodec } from '../../../src/repository/failure-codec.ts';
import { COMMON_TAG, type Contender, REDIS_TIMEOUT_MS, TTL_MS, tagOf } from '../contender.ts';

export const KEY_PREFIX = 'cat_';
const MEMORY_BYTES = 256 * 1024 * 1024;

export const catalogsClass = defineKeyClass({
  name: 'catalogs',
  key: (sellerId: number) => `catalogs_seller_${sellerId}`,
  tags: (sellerId) => [tagOf(sellerId), COMMON_TAG],
  policy: { freshMs: TTL_MS, staleMs: TTL_MS, jitter: 0 },
  codec: catalogsCodec,
});

export const catalogGateway: Contender = {
  name: 'catalog-gateway',
  note: 'memory and Redis, backplane, leases; set up as `src/app/app.ts` does it',
  async open(redisUrl, redisTimeoutMs) {
    const { cache, close } = await openEngine(redisUrl, redisTimeoutMs);
    return {
      get: (sellerId, load) => cache.get(catalogsClass, sellerId, load),
      getMany: (sellerIds, load) =>
        cache.getMany(
          catalogsClass,
          sellerIds,
          async (ids) => new Map(await Promise.all(ids.map(async (id) => [id, await load(id)] as const))),
        ),
      invalidateTag: (tag) => cache.invalidate([tag]),
      close,
    };
  },
};

/** The engine itself, put together as the gateway does it; `close` it when done. */
export async function openEngine(
  redisUrl: string,
  budgetMs: number = REDIS_TIMEOUT_MS,
): Promise<{ readonly cache: Cache; close(): Promise<void> }> {
  const [redis, subscriber] = await Promise.all([
    connectRedis({ kind: 'single', url: redisUrl }, Math.random),
    connectSubscriber({ kind: 'single', url: redisUrl }, Math.random),
  ]);
  const report = () => {};
  const cache = createCache({
    keyPrefix: KEY_PREFIX,
    memory: createMemoryStore(MEMORY_BYTES),
    shared: createSharedTier(createRedisClient(redis, report, budgetMs), KEY_PREFIX, randomUUID),
    backplane: createRedisBackplane(redis, subscriber, `${KEY_PREFIX}backplane`, randomUUID(), () => {}),
    clock: systemClock,
    sleep: (ms) => setTimeout(ms, undefined, { ref: false }),
    random: Math.random,
    newToken: randomUUID,
    report,
    failureCodec,
    trustMs: 1000,
    budgetMs,
    leaseMs: 2000,
    tripMs: 1000,
  });
  return {
    cache,
    async close() {
      await cache.idle();
      redis.disconnect();
      subscriber.disconnect();
    },
  };
}
