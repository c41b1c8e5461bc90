import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { type CacheProcess, startCacheProcess } from './cache-process.ts';
import { startRedis, type TestRedis } from './redis.ts';

export interface CacheProcesses {
  /** The shared Redis, empty at the beginning of each test. */
  readonly redis: TestRedis;
  /** A connection of the test's own. */
  readonly plain: Redis;
  /** Starts a process, which ends with the test. */
  start(options?: Omit<Parameters<typeof startCacheProcess>[0], 'redis'>): Promise<CacheProcess>;
}

/** For the tests of one `describe`. */
export function useCacheProcesses(): CacheProcesses {
  let redis: TestRedis;
  let plain: Redis;
  const processes: CacheProcess[] = [];

  beforeAll(async () => {
    redis = await startRedis();
    plain = new Redis(redis.url);
  });
  beforeEach(() => plain.flushall());
  afterEach(async () => {
    await Promise.all(processes.map(({ cache }) => cache.idle()));
    for (const each of processes.splice(0)) each.close();
  });
  afterAll(async () => {
    plain.disconnect();
    await redis.kill();
  });

  return {
    get redis() {
      return redis;
    },
    get plain() {
      return plain;
    },
    async start(options = {}) {
      const started = await startCacheProcess({ redis, ...options });
      processes.push(started);
      return started;
    },
  };
}
