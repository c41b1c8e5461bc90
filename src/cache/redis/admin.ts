import type { Cluster, Redis } from 'ioredis';
import { type RedisFacts, readRedisFacts } from './facts.ts';
import { type KeyPage, scanKeys, scanPage } from './keys.ts';

/** What operators read from Redis itself. A read may take longer than a request would wait. */
export interface RedisAdmin {
  /** Version, memory and evictions of all nodes together. Rejects if a node does not reply. */
  facts(): Promise<RedisFacts>;
  /** All keys that match a glob pattern, in pages. @throws KeysNotListed */
  scanKeys(pattern: string, pageSize: number): AsyncIterable<readonly string[]>;
  /** One page of them. `cursor` is null for the first page. @throws KeysNotListed */
  scanPage(pattern: string, cursor: string | null, count: number): Promise<KeyPage>;
}

export function createRedisAdmin(redis: Redis | Cluster): RedisAdmin {
  return {
    facts: () => readRedisFacts(redis),
    scanKeys: (pattern, pageSize) => scanKeys(redis, pattern, pageSize),
    scanPage: (pattern, cursor, count) => scanPage(redis, pattern, cursor, count),
  };
}
