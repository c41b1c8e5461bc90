import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { systemClock } from '../../src/cache/clock.ts';
import { type Cache, createCache } from '../../src/cache/engine/cache.ts';
import { defineKeyClass } from '../../src/cache/engine/key-class.ts';
import type { CacheEvent } from '../../src/cache/events.ts';
import { createMemoryStore } from '../../src/cache/memory/memory-store.ts';
import { createRedisBackplane } from '../../src/cache/redis/backplane.ts';
import { createRedisClient } from '../../src/cache/redis/client.ts';
import { connectRedis, connectSubscriber, type RedisServer } from '../../src/cache/redis/connection.ts';
import { createSharedTier } from '../../src/cache/redis/shared-tier.ts';
import type { Upstream } from './upstream.ts';

const PREFIX = 'fleet:';

/** Values are what the upstream had: a version, and something to fill Redis with. */
export interface Thing {
  readonly version: number;
  readonly filling: string;
}

const things = defineKeyClass<number, Thing>({
  name: 'things',
  key: (id) => `thing_${id}`,
  tags: (id) => [`thing:${id}`],
  policy: { freshMs: 60_000, staleMs: 120_000, pauseMs: 50 },
  codec: { toJson: (thing) => thing, fromJson: (json) => json as Thing },
});

/** One process's cache, with connections of its own. */
export interface Member {
  readonly cache: Cache;
  readonly events: readonly CacheEvent[];
  get(id: number): Promise<Thing>;
  close(): Promise<void>;
}

export interface MemberOptions {
  readonly server: RedisServer;
  readonly upstream: Upstream;
  /** Default as in production, 50. */
  readonly budgetMs?: number;
  readonly memoryBytes?: number;
}

export async function startFleet(size: number, options: MemberOptions): Promise<readonly Member[]> {
  return Promise.all(Array.from({ length: size }, () => startMember(options)));
}

async function startMember(options: MemberOptions): Promise<Member> {
  const { server, upstream, budgetMs = 50, memoryBytes = 1024 * 1024 } = options;
  const [redis, subscriber] = await Promise.all([
    connectRedis(server, Math.random),
    connectSubscriber(server, Math.random),
  ]);
  const events: CacheEvent[] = [];
  const report = (event: CacheEvent) => void events.push(event);
  const cache = createCache({
    keyPrefix: PREFIX,
    memory: createMemoryStore(memoryBytes),
    shared: createSharedTier(createRedisClient(redis, report, budgetMs), PREFIX, randomUUID),
    backplane: createRedisBackplane(redis, subscriber, `${PREFIX}backplane`, randomUUID(), report),
    clock: systemClock,
    sleep: (ms) => setTimeout(ms, undefined, { ref: false }),
    random: Math.random,
    newToken: randomUUID,
    report,
    failureCodec: { toText: ({ message }) => message, fromText: (text) => new Error(text) },
    trustMs: 1000,
    budgetMs,
    leaseMs: 1000,
    tripMs: 1000,
  });
  return {
    cache,
    events,
    get: (id) => cache.get(things, id, upstream.load),
    async close() {
      await cache.idle();
      for (const each of [redis, subscriber]) each.disconnect();
    },
  };
}
