import type { Cluster, Redis } from 'ioredis';

/** Key figures of Redis, summed over all its nodes. */
export interface RedisFacts {
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
export async function readRedisFacts(redis: Redis | Cluster): Promise<RedisFacts> {
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
