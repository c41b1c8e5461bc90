import { join } from 'node:path';
import * as cache from '../../src/cache/engine/cache.ts';
import * as keyClass from '../../src/cache/engine/key-class.ts';
import * as memoryStore from '../../src/cache/memory/memory-store.ts';
import * as redisBreaker from '../../src/cache/redis/breaker.ts';
import * as sharedTier from '../../src/cache/redis/shared-tier.ts';

/** The modules under simulation. A mutation passes its own copies. */
export interface Engine {
  readonly createCache: typeof cache.createCache;
  readonly createSharedTier: typeof sharedTier.createSharedTier;
  readonly createMemoryStore: typeof memoryStore.createMemoryStore;
  readonly createRedisBreaker: typeof redisBreaker.createRedisBreaker;
  readonly defineKeyClass: typeof keyClass.defineKeyClass;
}

export const ENGINE: Engine = { ...cache, ...keyClass, ...memoryStore, ...redisBreaker, ...sharedTier };

/** Imports the engine from a folder. */
export async function loadEngine(folder: string): Promise<Engine> {
  const names = [
    'engine/cache.ts',
    'engine/key-class.ts',
    'memory/memory-store.ts',
    'redis/breaker.ts',
    'redis/shared-tier.ts',
  ];
  return Object.assign({}, ...(await Promise.all(names.map((name) => import(join(folder, name))))));
}
