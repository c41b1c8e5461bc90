import { describe, expect, it } from 'vitest';
import { type ClientLimit, type ClientLimitOptions, createClientLimit } from '../../src/auth/client-limit.ts';
import type { LimitEvent } from '../../src/auth/events.ts';
import { noRedis, type TestRedis } from '../support/redis.ts';
import { readKeys } from '../support/redis-content.ts';
import { AMPLE_BUDGET_MS, redisForTest, redisStateOf } from '../support/redis-state.ts';

/** A limit whose clock, and whose flushes, are the test's. */
function start(options: Partial<ClientLimitOptions> = {}) {
  const clock = { ms: 0 };
  const events: LimitEvent[] = [];
  const limit = createClientLimit({
    ...{ cost: 100, windowMs: 60_000, redis: null, keyPrefix: 'test_limits.', budgetMs: AMPLE_BUDGET_MS },
    clock: { now: () => 0, monotonic: () => clock.ms },
    sleep: () => new Promise(() => {}),
    report: (event) => events.push(event),
    ...options,
  });
  return { limit, clock, events };
}

/** What an execution that waits for nothing does. */
const chargeAtOnce = (limit: ClientLimit, key: string, points: number) =>
  limit.canCharge(key, points) && limit.charge(key, points).allowed;

describe('the limit of a client', () => {
  it('allows charges up to the limit, and refuses others until the window ends', () => {
    const { limit, clock, events } = start();
    for (let used = 1; used <= 100; used += 1) {
      expect(limit.charge('a', 1)).toMatchObject({ allowed: true, limit: 100, remaining: 100 - used });
    }
    clock.ms = 59_000;
    expect(limit.charge('a', 1)).toEqual({ allowed: false, limit: 100, remaining: 0, resetMs: 1000 });
    expect(events).toEqual([{ type: 'client-limited', request: 'hit' }]);
    expect(limit.charge('another', 1).allowed).toBe(true);
    clock.ms = 60_000;
    expect(limit.charge('a', 1)).toMatchObject({ allowed: true, remaining: 99 });
  });

  it('refuses an execution that costs more than is left, and takes nothing for it', async () => {
    const { limit, events } = start();
    expect(await limit.consume('a', 60)).toMatchObject({ allowed: true, remaining: 40 });
    expect(await limit.consume('a', 41)).toMatchObject({ allowed: false, remaining: 40 });
    expect(events).toEqual([{ type: 'client-limited', request: 'execution' }]);
    expect(await limit.consume('a', 40)).toMatchObject({ allowed: true, remaining: 0 });
  });

  it('counts charges and executions together', async () => {
    const { limit } = start();
    for (let i = 0; i < 30; i += 1) limit.charge('a', 1);
    expect(await limit.consume('a', 71)).toMatchObject({ allowed: false, remaining: 70 });
    expect(await limit.consume('a', 70)).toMatchObject({ allowed: true, remaining: 0 });
    expect(limit.charge('a', 1).allowed).toBe(false);
  });

  it('counts executions at once with all others, and takes nothing for one that costs more than is left', () => {
    const { limit, events } = start();
    expect(chargeAtOnce(limit, 'a', 60)).toBe(true);
    expect(chargeAtOnce(limit, 'a', 41)).toBe(false);
    expect(chargeAtOnce(limit, 'another', 41)).toBe(true);
    expect(limit.charge('a', 39)).toMatchObject({ allowed: true, remaining: 1 });
    expect(chargeAtOnce(limit, 'a', 1)).toBe(true);
    expect(chargeAtOnce(limit, 'a', 1)).toBe(false);
    expect(events).toEqual([]);
  });

  it('does not allow concurrent executions more than the limit', async () => {
    const { limit } = start();
    const all = await Promise.all(Array.from({ length: 10 }, () => limit.consume('a', 30)));
    expect(all.filter(({ allowed }) => allowed)).toHaveLength(3);
  });
});

describe.skipIf(noRedis)('the limit of a client in three processes', () => {
  async function startThree(options: Partial<ClientLimitOptions> = {}) {
    const redis = await redisForTest();
    const three = await Promise.all(
      Array.from({ length: 3 }, async () => start({ ...options, redis: (await redisStateOf(redis)).client })),
    );
    return { redis, three: three.map(({ limit }) => limit) };
  }

  it('is one limit for executions, also for concurrent ones', async () => {
    const { three } = await startThree();
    const all = await Promise.all(
      Array.from({ length: 30 }, (_, index) => three[index % 3]?.consume('a', 7)),
    );
    expect(all.filter((decision) => decision?.allowed)).toHaveLength(14);
  });

  it('is one limit for charges, once they are sent', async () => {
    const { three } = await startThree();
    const [one, two, other] = three as [ClientLimit, ClientLimit, ClientLimit];
    for (let i = 0; i < 9; i += 1) {
      one.charge('a', 5);
      two.charge('a', 5);
    }
    await Promise.all(three.map((each) => each.flush()));
    expect(await other.consume('a', 11)).toMatchObject({ allowed: false, remaining: 10 });
    expect(other.charge('a', 11).allowed).toBe(false);
    expect(other.charge('a', 10).allowed).toBe(true);
  });

  it('allows charges beyond the limit of a tenth of it at most for each process', async () => {
    const { three } = await startThree();
    let allowed = 0;
    for (let round = 0; round < 300; round += 1) {
      const charged = three.filter((each) => each.charge('a', 1).allowed);
      allowed += charged.length;
      // Each process awaits the replies to what it has sent, and sends nothing else.
      await Promise.all(three.map((each) => each.consume('another', 0)));
    }
    expect(allowed).toBeGreaterThanOrEqual(100);
    expect(allowed).toBeLessThanOrEqual(130);
  });

  it('leaves an execution to Redis that would make the charges of a process more than a tenth', async () => {
    const { three } = await startThree();
    const [one, other] = three as [ClientLimit, ClientLimit, ClientLimit];
    expect(chargeAtOnce(one, 'a', 11)).toBe(false);
    expect(chargeAtOnce(one, 'a', 6)).toBe(true);
    // Four are left of the tenth, until Redis has the six.
    expect(chargeAtOnce(one, 'a', 5)).toBe(false);
    await one.flush();
    expect(chargeAtOnce(one, 'a', 5)).toBe(true);
    await one.flush();
    expect(await other.consume('a', 90)).toMatchObject({ allowed: false, remaining: 89 });
  });

  it('ends the window of a client when it ends in Redis', async () => {
    const redis = await redisForTest();
    const [one, other] = [await redisStateOf(redis), await redisStateOf(redis)];
    await start({ redis: one.client }).limit.consume('a', 100);
    const operator = redis.connect();
    for (const key of await operator.keys('*')) await operator.pexpire(key, 20_000);
    operator.disconnect();
    const { limit, clock } = start({ redis: other.client });
    const { allowed, resetMs } = await limit.consume('a', 1);
    expect(allowed).toBe(false);
    expect(resetMs).toBeLessThanOrEqual(20_000);
    clock.ms = 19_000 - (20_000 - resetMs);
    expect(limit.charge('a', 1)).toMatchObject({ allowed: false, resetMs: 1000 });
    clock.ms += 1000;
    expect(limit.charge('a', 1)).toMatchObject({ allowed: true, remaining: 99 });
  });

  it('sends charges after 250 ms, all of a client together', async () => {
    const waits: { ms: number; end: () => void }[] = [];
    const redis = await redisForTest();
    const { client } = await redisStateOf(redis);
    const sent: string[] = [];
    const { limit } = start({
      redis: {
        send(commands, timeoutMs) {
          sent.push(...commands.map(([name]) => name));
          return client.send(commands, timeoutMs);
        },
      },
      sleep: (ms) => new Promise<void>((end) => waits.push({ ms, end })),
    });
    for (let i = 0; i < 9; i += 1) limit.charge('a', 1);
    limit.charge('b', 1);
    expect(waits.map(({ ms }) => ms)).toEqual([250]);
    expect(sent).toEqual([]);
    waits[0]?.end();
    await expect.poll(async () => Object.values(await readKeys(redis)).toSorted()).toEqual(['1', '9']);
    expect(sent).toEqual(['EVAL', 'EVAL']);
    // Nothing is left to send, until the next charge.
    expect(waits).toHaveLength(1);
    limit.charge('a', 1);
    expect(waits).toHaveLength(2);
  });

  it('asks Redis nothing about a client that has no points left', async () => {
    const { client } = await redisStateOf(await redisForTest());
    let trips = 0;
    const { limit } = start({
      redis: {
        send(commands, timeoutMs) {
          trips += 1;
          return client.send(commands, timeoutMs);
        },
      },
    });
    await limit.consume('a', 100);
    for (let i = 0; i < 100; i += 1) {
      expect(limit.charge('a', 1).allowed).toBe(false);
      expect(await limit.consume('a', 1)).toMatchObject({ allowed: false, remaining: 0 });
    }
    expect(trips).toBe(1);
  });
});

describe.skipIf(noRedis)('the limit of a client while Redis is away', () => {
  it.each<[string, number, (redis: TestRedis) => unknown]>([
    ['is stopped', AMPLE_BUDGET_MS, (redis) => redis.stop()],
    ['hangs', 500, (redis) => redis.freeze()],
  ])(
    'continues in each process from what that knew, when Redis %s, and is one limit again',
    async (_, budgetMs, fail) => {
      const redis = await redisForTest();
      const states = await Promise.all([redisStateOf(redis, budgetMs), redisStateOf(redis, budgetMs)]);
      const started = states.map(({ client }) => start({ redis: client, budgetMs }));
      const [one, other] = started.map(({ limit }) => limit) as [ClientLimit, ClientLimit];
      await one.consume('a', 50);
      expect(await other.consume('a', 10)).toMatchObject({ allowed: true, remaining: 40 });
      await fail(redis);
      expect(other.charge('a', 5)).toMatchObject({ allowed: true, remaining: 35 });
      await other.flush();
      expect(await other.consume('a', 36)).toMatchObject({ allowed: false, remaining: 35 });
      expect(await other.consume('a', 35)).toMatchObject({ allowed: true, remaining: 0 });
      expect(other.charge('a', 1).allowed).toBe(false);
      expect(await one.consume('a', 50)).toMatchObject({ allowed: true, remaining: 0 });
      redis.thaw();
      await redis.restart();
      for (const state of states) await expect.poll(() => state.isUp).toBe(true);
      expect(await one.consume('b', 60)).toMatchObject({ allowed: true });
      expect(await other.consume('b', 41)).toMatchObject({ allowed: false, remaining: 40 });
    },
  );
});

describe('the memory of the limit of a client', () => {
  it('has 50,000 clients, the most recently seen ones', async () => {
    const { limit } = start({ cost: 1000 });
    await limit.consume('the first', 1000);
    for (let i = 0; i < 60_000; i += 1) limit.charge(`client ${i}`, 1);
    expect(limit.charge('the first', 1)).toMatchObject({ allowed: true });
    expect(limit.charge('client 59999', 1)).toMatchObject({ remaining: 998 });
  });
});
