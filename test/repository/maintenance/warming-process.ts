import { setTimeout } from 'node:timers/promises';
import { systemClock } from '../../../src/cache/clock.ts';
import { openCache } from '../../../src/cache/open-cache.ts';
import { failureCodec } from '../../../src/repository/failure-codec.ts';
import { createRepository } from '../../../src/repository/index.ts';
import { SANDBOX_CREDENTIALS } from '../../../src/sandbox/routes/tokens.ts';
import { createCatalogApi } from '../../../src/upstream/catalog-api.ts';
import { TTL_MS } from './maintenance-process.ts';

// A program that warms up once, and writes a line of JSON for each step and one for the result.

const [redisUrl = '', catalogUrl = '', identityUrl = ''] = process.argv.slice(2);
const write = (line: object) => void process.stdout.write(`${JSON.stringify(line)}\n`);
const report = () => {};
const sleep = (ms: number) => setTimeout(ms);

const { cache, keyValue, close } = await openCache({
  keyPrefix: 'test_v1:',
  redis: { server: { kind: 'single', url: redisUrl }, budgetMs: 5000, backplane: false },
  failureCodec,
  tripMs: 5000,
});
const api = createCatalogApi({
  ...{ catalogUrl, identityUrl, credentials: SANDBOX_CREDENTIALS, timeZone: 'UTC' },
  ...{ pageSize: 1000, concurrency: 8, deadlineMs: 30_000, report, clock: systemClock, random: Math.random },
});
const repository = createRepository({
  ...{
    cache,
    keyValue,
    api,
    ttlMs: TTL_MS,
    adaptiveTtl: null,
    businessTimeZone: 'UTC',
    sortLocale: 'en',
    clock: systemClock,
    report,
  },
});
const { warmUp } = repository.createMaintenance({
  ...{ pollMs: 0, warmOnStart: false, callsPerSecond: 100, keepWarm: 0 },
  ...{ clock: systemClock, sleep, random: Math.random },
});
write({ result: await warmUp.run({ onProgress: (progress) => write({ progress }) }) });
await cache.idle();
close();
