import { createKeyvNonBlocking, createKeyv as createRedisKeyv } from '@keyv/redis';
import { Cacheable, CacheableHooks, type CacheableOptions, createKeyv as createMemoryKeyv } from 'cacheable';
import { COMMON_TAG, type Contender, TTL_MS, tagOf } from '../contender.ts';

export const cacheable: Contender = {
  name: 'cacheable',
  note: 'memory (`useClone: false`) and Redis, `tags: true`; `getOrSet` takes no tags, so a BEFORE_SET hook gives them',
  open: async (redisUrl) => openWith({ secondary: createRedisKeyv(redisUrl), tags: true }),
};

export const cacheableNonBlocking: Contender = {
  name: 'cacheable (non-blocking)',
  note: 'as its documentation advises for a Redis that fails: a read asks memory only, Redis behind it',
  open: async (redisUrl) =>
    openWith({ secondary: createKeyvNonBlocking(redisUrl), nonBlocking: true, tags: true }),
};

export const cacheableUntagged: Contender = {
  name: 'cacheable (no tags)',
  note: 'without tags nothing but single keys can be invalidated',
  open: async (redisUrl) => openWith({ secondary: createRedisKeyv(redisUrl) }),
};

async function openWith(options: CacheableOptions) {
  const cache = new Cacheable({ ...options, primary: createMemoryKeyv({ useClone: false }), ttl: TTL_MS });
  cache.on('error', () => {});
  cache.onHook(CacheableHooks.BEFORE_SET, (item: { key: string; tags?: string[] }) => {
    item.tags = [tagOf(Number(item.key)), COMMON_TAG];
  });
  return {
    get: async (sellerId: number, load: (sellerId: number) => Promise<unknown>) =>
      (await cache.getOrSet(String(sellerId), () => load(sellerId))) as never,
    invalidateTag: (tag: string) => cache.tags.invalidateTag(tag),
    close: () => cache.disconnect(),
  };
}
