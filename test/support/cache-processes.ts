import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { type CacheProcess, startCacheProcess } from './cache-process.ts';
import { startRedis, type TestRedis } from './redis.ts';

export interface CacheProcesses {
  /** The Redis that they share, empty at the beginning of each test. */
  readonly redis: TestRedis;
  /** A connection to it that no process has. */
  readonly plain: Redis;
  /** A process that has just started, until the end of the test. */
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
