import { describe, expect, it } from 'vitest';
import { type ClientLimit, type ClientLimitOptions, createClientLimit } from '../../src/auth/client-limit.ts';
import type { LimitEvent } from '../../src/auth/events.ts';
import { noRedis } from '../support/redis.ts';
import { redisForTest, redisStateOf } from '../support/redis-state.ts';

/** A limit whose clock, and whose flushes, are the test's. */
function start(options: Partial<ClientLimitOptions> = {}) {
  const clock = { ms: 0 };
  const events: LimitEvent[] = [];
  const limit = createClientLimit({
    ...{ cost: 100, windowMs: 60_000, redis: null, keyPrefix: 'test_limits.', budgetMs: 500 },
    clock: { now: () => 0, monotonic: () => clock.ms },
    sleep: () => new Promise(() => {}),
    report: (event) => events.push(event),
    ...options,
  });
  return { limit, clock, events };
}

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
});
