import * as cache from '../../src/cache/cache.ts';
import * as keyClass from '../../src/cache/key-class.ts';
import * as memoryStore from '../../src/cache/memory-store.ts';
import * as sharedTier from '../../src/cache/shared-tier.ts';

/** What a simulation puts together. A mutation hands in its own. */
export interface Engine {
  readonly createCache: typeof cache.createCache;
  readonly createSharedTier: typeof sharedTier.createSharedTier;
  readonly createMemoryStore: typeof memoryStore.createMemoryStore;
  readonly defineKeyClass: typeof keyClass.defineKeyClass;
}

export const ENGINE: Engine = { ...cache, ...keyClass, ...memoryStore, ...sharedTier };
