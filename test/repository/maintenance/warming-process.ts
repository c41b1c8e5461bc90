import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { systemClock } from '../../../src/cache/clock.ts';
import { createCache } from '../../../src/cache/engine/cache.ts';
import { createMemoryStore } from '../../../src/cache/memory/memory-store.ts';
import { createRedisClient } from '../../../src/cache/redis/client.ts';
import { createSharedTier } from '../../../src/cache/redis/shared-tier.ts';
import { failureCodec } from '../../../src/repository/failure-codec.ts';
import { createRepository } from '../../../src/repository/index.ts';
import { SANDBOX_CREDENTIALS } from '../../../src/sandbox/tokens.ts';
import { createCatalogApi } from '../../../src/upstream/catalog-api.ts';
import { TTL_MS } from './upkeep-process.ts';

// A program that warms up once, and writes a line of JSON for each step and one for the result.

const [redisUrl = '', catalogUrl = '', identityUrl = ''] = process.argv.slice(2);
const write = (line: object) => void process.stdout.write(`${JSON.stringify(line)}\n`);
const report = () => {};
const keyPrefix = 'test_v1:';
const sleep = (ms: number) => setTimeout(ms);

const redis = new Redis(redisUrl);
await redis.ping();
const cache = createCache({
  ...{
    keyPrefix,
    clock: systemClock,
    sleep,
    random: Math.random,
    newToken: randomUUID,
    report,
    failureCodec,
  },
  memory: createMemoryStore(64 * 1024 * 1024),
  shared: createSharedTier(createRedisClient(redis, report, 5000), keyPrefix, randomUUID),
  backplane: null,
  ...{ trustMs: 1000, budgetMs: 5000, leaseMs: 2000, tripMs: 5000 },
});
const api = createCatalogApi({
  ...{ catalogUrl, identityUrl, credentials: SANDBOX_CREDENTIALS, timeZone: 'UTC' },
  ...{ pageSize: 1000, concurrency: 8, deadlineMs: 30_000, report, clock: systemClock, random: Math.random },
});
const repository = createRepository({
  ...{ cache, api, ttlMs: TTL_MS, adaptiveTtl: null, businessTimeZone: 'UTC', clock: systemClock, report },
});
const { warmUp } = repository.createUpkeep({
  ...{ pollMs: 0, warmOnStart: false, callsPerSecond: 100, keepWarm: 0 },
  ...{ clock: systemClock, sleep, random: Math.random },
});
write({ result: await warmUp.run({ onProgress: (progress) => write({ progress }) }) });
await cache.idle();
redis.disconnect();
