import type { Cluster, Redis } from 'ioredis';
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

/** Key figures of Redis, summed over all its nodes. */
interface RedisFacts {
  readonly nodes: number;
  readonly version: string;
  readonly usedBytes: number;
  /** 0 if there is no limit. */
  readonly maxBytes: number;
  readonly evictionPolicy: string;
  readonly evictedKeys: number;
  readonly expiredKeys: number;
}

/** Reads INFO of each node that holds keys. */
async function readRedisFacts(redis: Redis | Cluster): Promise<RedisFacts> {
  const nodes = 'nodes' in redis ? redis.nodes('master') : [redis];
  const infos = await Promise.all(nodes.map(async (node) => parseInfo(await node.info())));
  const sum = (field: string) => infos.reduce((total, info) => total + Number(info.get(field) ?? 0), 0);
  const [first = new Map<string, string>()] = infos;
  return {
    nodes: infos.length,
    version: first.get('redis_version') ?? 'unknown',
    usedBytes: sum('used_memory'),
    maxBytes: sum('maxmemory'),
    evictionPolicy: first.get('maxmemory_policy') ?? 'unknown',
    evictedKeys: sum('evicted_keys'),
    expiredKeys: sum('expired_keys'),
  };
}

/** Parses the lines `name:value`, and skips headings and empty lines. */
function parseInfo(text: string): ReadonlyMap<string, string> {
  return new Map([...text.matchAll(/^(\w+):(.*?)\r?$/gm)].map(([, name = '', value = '']) => [name, value]));
}
