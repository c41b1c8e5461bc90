import { randomUUID } from 'node:crypto';
import { type Clock, sleep, systemClock } from './clock.ts';
import { type Cache, createCache } from './engine/cache.ts';
import type { FailureCodec } from './engine/leases.ts';
import type { Report } from './events.ts';
import type { KeyValue, KeyValueDefinition } from './key-value.ts';
import { createMemoryKeyValue } from './memory/key-value.ts';
import { createMemoryStore } from './memory/memory-store.ts';
import type { RedisAdmin } from './redis/admin.ts';
import type { RedisServer } from './redis/connection.ts';
import type { OpenRedisOptions, RedisModule } from './redis/open-redis.ts';
import type { SharedPauses } from './redis/shared-pauses.ts';

interface RedisOptions {
  readonly server: RedisServer;
  /** The longest that one request waits for Redis, in milliseconds. Default: 50. */
  readonly budgetMs?: number;
  /**
   * Whether processes send each other messages about invalidations and loads. Without messages, an invalidation reaches
   * the other processes within the trust time of one second. Default: true.
   */
  readonly backplane?: boolean;
}

export interface CacheModuleOptions {
  /** The prefix of the keys of entries, and of the keys that belong to entries: leases, failures, locks. */
  readonly keyPrefix: string;
  /**
   * The prefix of generations of tags, the channel of the backplane and shared pauses. Caches that store one source in
   * different forms share it, so that one invalidation reaches them all. Default: `keyPrefix`.
   */
  readonly sourcePrefix?: string;
  /** About how much heap the entries in memory may take, in bytes. Default: 64 MiB. */
  readonly memoryBytes?: number;
  /** Null for a cache in memory only, which is the default. */
  readonly redis?: RedisOptions | null;
  /** Receives every event. Default: events are dropped. */
  readonly report?: Report;
  /** Default: the system's clocks. */
  readonly clock?: Clock;
  /** Uniform in [0, 1). Default: Math.random. */
  readonly random?: () => number;
  /** Encodes a failed load for the processes that wait for it. Default: its message only. */
  readonly failureCodec?: FailureCodec;
  /** How long other processes wait for the lease of a process that died, in milliseconds. Default: 2000. */
  readonly leaseMs?: number;
  /** How long a trip to Redis may take if no request waits for it, in milliseconds. Default: 1000. */
  readonly tripMs?: number;
}

/** A cache with its connections. */
export interface CacheModule {
  readonly cache: Cache;
  /** `off` without Redis. `down` also while Redis replies later than the budget. */
  readonly state: 'off' | 'up' | 'down';
  /** Pauses that all processes of a source share; null without Redis. */
  readonly pauses: SharedPauses | null;
  /** Opens a kind of small state that all processes share: in Redis, or in memory without it. */
  readonly keyValue: (definition: KeyValueDefinition) => KeyValue;
  /** What operators read from Redis itself; null without Redis. */
  readonly redis: RedisAdmin | null;
  /** Closes the connections without waiting for work in progress: await `cache.idle()` before. */
  close(): void;
}

const MEMORY_BYTES = 64 * 1024 * 1024;
const BUDGET_MS = 50;
const TRUST_MS = 1000;
const LEASE_MS = 2000;
const TRIP_MS = 1000;

const messageOnly: FailureCodec = { toText: ({ message }) => message, fromText: (text) => new Error(text) };

/**
 * Opens a cache with its connections to Redis. Waits up to half a second for Redis. Does not reject if Redis is down: the
 * cache then works from memory, and uses Redis as soon as it replies.
 */
export async function openCache(options: CacheModuleOptions): Promise<CacheModule> {
  const { keyPrefix, sourcePrefix = keyPrefix, memoryBytes = MEMORY_BYTES, report = () => {} } = options;
  const { clock = systemClock, random = Math.random, failureCodec = messageOnly } = options;
  const { redis: redisOptions = null, leaseMs = LEASE_MS, tripMs = TRIP_MS } = options;
  const budgetMs = redisOptions ? (redisOptions.budgetMs ?? BUDGET_MS) : 0;
  const redis =
    redisOptions &&
    (await open({
      ...{ backplane: true, ...redisOptions, budgetMs, tripMs, keyPrefix, sourcePrefix },
      ...{ clock, random, report },
    }));
  const cache = createCache({
    keyPrefix,
    memory: createMemoryStore(memoryBytes),
    shared: redis?.sharedTier ?? null,
    backplane: redis?.backplane ?? null,
    ...{ clock, sleep, random, newToken: randomUUID, report, failureCodec },
    ...{ trustMs: TRUST_MS, budgetMs, leaseMs, tripMs },
  });
  return {
    cache,
    get state() {
      if (redis === null) return 'off';
      return redis.isUp ? 'up' : 'down';
    },
    pauses: redis?.pauses ?? null,
    keyValue: redis?.keyValue ?? ((definition) => createMemoryKeyValue(definition, clock)),
    redis: redis?.admin ?? null,
    close: () => redis?.close(),
  };
}

async function open(options: OpenRedisOptions): Promise<RedisModule> {
  // Loaded on demand: a cache in memory needs neither this code nor the client library.
  const { openRedis } = await import('./redis/open-redis.ts');
  return openRedis(options);
}
