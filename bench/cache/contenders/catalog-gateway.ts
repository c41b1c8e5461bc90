import type { Cache } from '../../../src/cache/engine/cache.ts';
import { defineKeyClass } from '../../../src/cache/engine/key-class.ts';
import { openCache } from '../../../src/cache/open-cache.ts';
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
  note: 'memory and Redis, backplane, leases; opened as `src/app/core.ts` opens it',
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

/** The engine, configured as in the gateway; `close` it when done. */
export async function openEngine(
  redisUrl: string,
  budgetMs: number = REDIS_TIMEOUT_MS,
): Promise<{ readonly cache: Cache; close(): Promise<void> }> {
  const { cache, close } = await openCache({
    keyPrefix: KEY_PREFIX,
    memoryBytes: MEMORY_BYTES,
    redis: { server: { kind: 'single', url: redisUrl }, budgetMs },
    failureCodec,
  });
  return {
    cache,
    async close() {
      await cache.idle();
      close();
    },
  };
}
