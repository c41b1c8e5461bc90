import type { Cache } from '../../src/cache/engine/cache.ts';
import { defineKeyClass } from '../../src/cache/engine/key-class.ts';
import type { CacheEvent } from '../../src/cache/events.ts';
import { openCache } from '../../src/cache/open-cache.ts';
import type { RedisServer } from '../../src/cache/redis/connection.ts';
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
  const events: CacheEvent[] = [];
  const { cache, close } = await openCache({
    keyPrefix: PREFIX,
    memoryBytes,
    redis: { server, budgetMs },
    report: (event) => void events.push(event),
    leaseMs: 1000,
  });
  return {
    cache,
    events,
    get: (id) => cache.get(things, id, upstream.load),
    async close() {
      await cache.idle();
      close();
    },
  };
}
