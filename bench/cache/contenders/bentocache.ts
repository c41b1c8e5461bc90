import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis';
import { Redis } from 'ioredis';
import { COMMON_TAG, type Contender, type OpenCache, REDIS_TIMEOUT_MS, TTL_MS, tagOf } from '../contender.ts';

const MOST_ENTRIES = 100_000;

export const bentocache: Contender = {
  name: 'bentocache',
  note: 'memory and Redis, bus, circuit breaker; the ioredis client given a command timeout',
  async open(redisUrl, redisTimeoutMs = REDIS_TIMEOUT_MS) {
    return openWith(connect(redisUrl, redisTimeoutMs), connect(redisUrl, redisTimeoutMs));
  },
};

function openWith(redis: Redis, bus: Redis): OpenCache {
  const cache = new BentoCache({
    default: 'tiered',
    ttl: TTL_MS,
    suppressL2Errors: true,
    l2CircuitBreakerDuration: '1s',
    stores: {
      tiered: bentostore()
        .useL1Layer(memoryDriver({ maxItems: MOST_ENTRIES }))
        .useL2Layer(redisDriver({ connection: redis }))
        .useBus(redisBusDriver({ connection: bus })),
    },
  });
  return {
    get: (sellerId, load) =>
      cache.getOrSet({
        key: `catalogs_seller_${sellerId}`,
        factory: () => load(sellerId),
        tags: [tagOf(sellerId), COMMON_TAG],
      }),
    invalidateTag: (tag) => cache.deleteByTag({ tags: [tag] }),
    async close() {
      await cache.disconnectAll().catch(() => {});
      redis.disconnect();
      bus.disconnect();
    },
  };
}

function connect(redisUrl: string, commandTimeout: number): Redis {
  const redis = new Redis(redisUrl, { commandTimeout, maxRetriesPerRequest: 0 });
  redis.on('error', () => {});
  return redis;
}
