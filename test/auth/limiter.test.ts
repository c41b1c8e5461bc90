import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLimiter, type Limiter, type LimiterOptions } from '../../src/auth/limiter.ts';
import { BoundedRateLimiterMemory } from '../../src/auth/limiter-memory.ts';
import type { RedisClient } from '../../src/cache/index.ts';
import { noRedis, startRedis, type TestRedis } from '../support/redis.ts';
import { readKeys } from '../support/redis-content.ts';
import { AMPLE_BUDGET_MS, redisForTest, redisStateOf } from '../support/redis-state.ts';

const WINDOW_MS = 60_000;

function start(redis: RedisClient | null, options: Partial<LimiterOptions> = {}): Limiter {
  return createLimiter({
    ...{ points: 10, windowMs: WINDOW_MS, redis, keyPrefix: 'test_limits.cost', budgetMs: AMPLE_BUDGET_MS },
    ...options,
  });
}

describe.each(['memory', 'Redis'])('a limiter in %s', (store) => {
  let redis: TestRedis | undefined;
  beforeEach(async () => {
    if (store === 'Redis') redis = await startRedis();
  });
  afterEach(() => redis?.kill());
  const open = async () => start(redis ? (await redisStateOf(redis)).client : null);

  it.skipIf(store === 'Redis' && noRedis)('takes all of the points, or none of them', async () => {
    const limiter = await open();
    expect(await limiter.take('a', 6)).toMatchObject({ allowed: true, consumed: 6 });
    expect(await limiter.take('a', 5)).toMatchObject({ allowed: false, consumed: 11 });
    expect(await limiter.take('a', 4)).toMatchObject({ allowed: true, consumed: 10 });
    const { shared, allowed, resetMs } = await limiter.take('a', 1);
    expect({ shared, allowed }).toEqual({ shared: store === 'Redis', allowed: false });
    expect(resetMs).toBeGreaterThan(0);
    expect(resetMs).toBeLessThanOrEqual(WINDOW_MS);
    expect(await limiter.take('another', 10)).toMatchObject({ allowed: true });
  });

  it.skipIf(store === 'Redis' && noRedis)('takes no more for concurrent calls', async () => {
    const limiter = await open();
    const counts = await Promise.all(Array.from({ length: 100 }, () => limiter.take('a')));
    expect(counts.filter(({ allowed }) => allowed)).toHaveLength(10);
  });

  it.skipIf(store === 'Redis' && noRedis)(
    'adds points that were already used, beyond the limit',
    async () => {
      const limiter = await open();
      expect(await limiter.add('a', 25)).toMatchObject({ consumed: 25 });
      expect(await limiter.take('a', 1)).toMatchObject({ allowed: false, consumed: 26 });
    },
  );

  it.skipIf(store === 'Redis' && noRedis)('gives points back, and never more than were taken', async () => {
    const limiter = await open();
    await limiter.take('a', 10);
    await limiter.giveBack('a', 3);
    expect(await limiter.take('a', 3)).toMatchObject({ allowed: true, consumed: 10 });
    await limiter.giveBack('a', 30);
    await limiter.giveBack('never seen', 30);
    expect(await limiter.take('a', 11)).toMatchObject({ allowed: false });
    expect(await limiter.take('never seen', 11)).toMatchObject({ allowed: false });
    expect(await limiter.take('a', 10)).toMatchObject({ allowed: true });
  });

  it.skipIf(store === 'Redis' && noRedis)('forgets a key', async () => {
    const limiter = await open();
    await limiter.add('a', 10);
    await limiter.reset('a');
    expect(await limiter.take('a')).toMatchObject({ allowed: true, consumed: 1 });
  });
});

describe('a limiter in memory', () => {
  it('starts a new window when the window of the first point ends', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
    const limiter = start(null);
    await limiter.take('a', 10);
    vi.advanceTimersByTime(WINDOW_MS - 1);
    expect(await limiter.take('a')).toMatchObject({ allowed: false, resetMs: 1 });
    vi.advanceTimersByTime(1);
    expect(await limiter.take('a')).toMatchObject({ allowed: true, resetMs: WINDOW_MS });
    vi.useRealTimers();
  });

  it('keeps a bounded number of keys, the most recently used ones', async () => {
    const memory = new BoundedRateLimiterMemory({ points: 10, duration: 60 }, 100);
    await memory.consume('used again and again', 1);
    for (let i = 0; i < 1000; i += 1) {
      await memory.consume(`key ${i}`, 1);
      await memory.penalty(`key ${i} of a charge`, 1);
      await memory.reward(`key ${i} of a return`, 1);
      await memory.consume('used again and again', 11).catch(() => {});
    }
    expect(memory.dump().storage).toHaveLength(100);
    expect(await memory.get('used again and again')).toMatchObject({ consumedPoints: 1 });
  });
});

describe.skipIf(noRedis)('limiters that share Redis', () => {
  it('count together', async () => {
    const redis = await redisForTest();
    const limiters = await Promise.all(
      Array.from({ length: 3 }, async () => start((await redisStateOf(redis)).client)),
    );
    const counts = await Promise.all(
      Array.from({ length: 99 }, (_, index) => limiters[index % 3]?.take('a', 3)),
    );
    expect(counts.filter((count) => count?.allowed)).toHaveLength(3);
  });

  it('store no text of a key, and let Redis expire the count with the window', async () => {
    const redis = await redisForTest();
    const { client } = await redisStateOf(redis);
    await start(client).take('user:alice@example.test');
    await start(client).giveBack('address:192.0.2.1');
    await start(client).add('user:bob', 20);
    const expiries = Object.entries(await readKeys(redis, 'pttl'));
    expect(expiries).toHaveLength(3);
    for (const [key, ttl] of expiries) {
      expect(key).toMatch(/^test_limits\.cost\.60s:[\w-]{43}$/);
      expect(Number(ttl)).toBeGreaterThan(0);
      expect(Number(ttl)).toBeLessThanOrEqual(WINDOW_MS);
    }
  });

  it('need PTTL beside the permissions of the cache', async () => {
    const ofCache = /\+info .*/.exec(readFileSync('docs/redis.md', 'utf8'))?.[0].split(' ') ?? [];
    const user = ['--user', 'default', 'on', 'nopass', '~test_*', '&test*', ...ofCache, '+pttl'];
    // The test itself reads no key.
    const limiter = start((await redisStateOf(await redisForTest(user))).client);
    expect(await limiter.take('a', 10)).toMatchObject({ shared: true, allowed: true });
    expect(await limiter.take('a')).toMatchObject({ shared: true, allowed: false });
    await limiter.reset('a');
    expect(await limiter.add('a', 25)).toMatchObject({ shared: true, consumed: 25 });
  });

  it('do not prolong a window by what they count in it', async () => {
    const redis = await redisForTest();
    const limiter = start((await redisStateOf(redis)).client);
    await limiter.take('a');
    const operator = redis.connect();
    for (const key of await operator.keys('*')) await operator.pexpire(key, 20_000);
    operator.disconnect();
    await limiter.giveBack('a');
    for (const count of [await limiter.take('a'), await limiter.add('a', 1), await limiter.take('a', 10)])
      expect(count.resetMs).toBeLessThanOrEqual(20_000);
  });

  it('give an expiry to a count that has lost it', async () => {
    const redis = await redisForTest();
    const limiter = start((await redisStateOf(redis)).client);
    await limiter.take('a');
    const operator = redis.connect();
    for (const key of await operator.keys('*')) await operator.persist(key);
    operator.disconnect();
    expect(await limiter.take('a')).toMatchObject({ consumed: 2, resetMs: WINDOW_MS });
    expect(Object.values(await readKeys(redis, 'pttl')).map(Number)[0]).toBeGreaterThan(0);
  });
});

describe.skipIf(noRedis)('while Redis is away, memory decides', () => {
  it.each<[string, number, (redis: TestRedis) => unknown]>([
    ['is stopped', AMPLE_BUDGET_MS, (redis) => redis.stop()],
    ['hangs', 500, (redis) => redis.freeze()],
  ])('when it %s, and Redis again afterwards', async (_, budgetMs, fail) => {
    const redis = await redisForTest();
    const state = await redisStateOf(redis, budgetMs);
    const limiter = start(state.client, { budgetMs });
    await limiter.take('a', 4);
    await fail(redis);
    const counts = await Promise.all(Array.from({ length: 30 }, () => limiter.take('a')));
    expect(counts.filter(({ allowed }) => allowed)).toHaveLength(10);
    await limiter.giveBack('a', 1);
    expect(await limiter.take('a')).toMatchObject({ allowed: true, consumed: 10 });
    await limiter.add('a', 5);
    await limiter.reset('a');
    expect(await limiter.take('a')).toMatchObject({ allowed: true, consumed: 1 });
    redis.thaw();
    await redis.restart();
    await expect.poll(() => state.isUp).toBe(true);
    await limiter.take('b', 7);
    expect(Object.values(await readKeys(redis))).toContain('7');
  });

  it('and forgets with Redis what it has counted', async () => {
    const { client } = await redisStateOf(await redisForTest());
    let isAway = true;
    const limiter = start({
      send: (commands, ms) => (isAway ? Promise.reject(new Error('away')) : client.send(commands, ms)),
    });
    expect(await limiter.take('a', 10)).toMatchObject({ shared: false, allowed: true });
    isAway = false;
    expect(await limiter.take('a', 10)).toMatchObject({ shared: true, allowed: true });
    await limiter.reset('a');
    expect(await limiter.take('a', 10)).toMatchObject({ shared: true, allowed: true });
    isAway = true;
    expect(await limiter.take('a', 10)).toMatchObject({ shared: false, allowed: true });
  });

  it.each<[string, readonly string[]]>([
    ['refuses the script', ['--user', 'default', 'on', 'nopass', '~*', '&*', '+@all', '-eval']],
    ['is full', ['--maxmemory', '1']],
  ])('when it %s', async (_, args) => {
    const limiter = start((await redisStateOf(await redisForTest(args))).client);
    const counts = await Promise.all(Array.from({ length: 30 }, () => limiter.take('a')));
    expect(counts.filter(({ allowed }) => allowed)).toHaveLength(10);
  });

  it('when the key has something else', async () => {
    const redis = await redisForTest();
    const limiter = start((await redisStateOf(redis)).client);
    await limiter.take('a');
    const operator = redis.connect();
    for (const key of await operator.keys('*')) await operator.set(key, 'no number');
    operator.disconnect();
    expect(await limiter.take('a', 10)).toMatchObject({ allowed: true });
    expect(await limiter.take('a')).toMatchObject({ allowed: false });
  });
});
