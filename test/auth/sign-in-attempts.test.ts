import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LimitEvent } from '../../src/auth/events.ts';
import { createSignInAttempts, type SignInAttempts } from '../../src/auth/sign-in-attempts.ts';
import type { RedisClient } from '../../src/cache/index.ts';
import { RateLimited } from '../../src/domain/errors.ts';
import { noRedis } from '../support/redis.ts';
import { readKeys } from '../support/redis-content.ts';
import { AMPLE_BUDGET_MS, redisForTest, redisStateOf } from '../support/redis-state.ts';

const ADDRESS = '192.0.2.1';
const MINUTE_MS = 60_000;

function start(redis: RedisClient | null = null, sleep: (ms: number) => Promise<unknown> = async () => {}) {
  const events: LimitEvent[] = [];
  const attempts = createSignInAttempts({
    ...{ redis, keyPrefix: 'test_', budgetMs: AMPLE_BUDGET_MS },
    ...{ sleep, report: (event) => events.push(event) },
  });
  return {
    ...{ attempts, events },
    delays: () => events.flatMap((event) => (event.type === 'sign-in-delayed' ? [event.delayMs] : [])),
    refusals: () => events.flatMap((event) => (event.type === 'sign-in-limited' ? [event.by] : [])),
  };
}

/** Resolves to the refusal, or to null after an attempt with a wrong password. */
async function fail(
  attempts: SignInAttempts,
  userId: string,
  address = ADDRESS,
): Promise<RateLimited | null> {
  try {
    await attempts.begin(userId, address);
    return null;
  } catch (refusal) {
    if (refusal instanceof RateLimited) return refusal;
    throw refusal;
  }
}

async function failTimes(times: number, attempts: SignInAttempts, userId: string, address = ADDRESS) {
  for (let i = 0; i < times; i += 1) await fail(attempts, userId, address);
}

const addressOf = (index: number) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;

describe('attempts to sign in', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('are delayed from the sixth of a user on, each twice as long as the last, up to 8 s', async () => {
    const { attempts, delays } = start();
    await failTimes(13, attempts, 'alice');
    expect(delays()).toEqual([250, 500, 1000, 2000, 4000, 8000, 8000, 8000]);
    await failTimes(5, attempts, 'bob');
    expect(delays()).toHaveLength(8);
  });

  it('are refused after twenty of a user, from any address, until 15 minutes have passed', async () => {
    const { attempts, refusals } = start();
    for (let i = 0; i < 20; i += 1) expect(await fail(attempts, 'alice', addressOf(i))).toBe(null);
    vi.advanceTimersByTime(5 * MINUTE_MS);
    expect(await fail(attempts, 'alice', addressOf(30))).toMatchObject({
      ...{ code: 'RATE_LIMITED', retryAfterMs: 10 * MINUTE_MS },
    });
    expect(refusals()).toEqual(['user']);
    vi.advanceTimersByTime(10 * MINUTE_MS);
    expect(await fail(attempts, 'alice', addressOf(30))).toBe(null);
  });

  it('are refused after a hundred of an address, for any user', async () => {
    const { attempts, refusals } = start();
    for (let i = 0; i < 100; i += 1) expect(await fail(attempts, `user ${i}`)).toBe(null);
    expect(await fail(attempts, 'another')).toMatchObject({ retryAfterMs: 15 * MINUTE_MS });
    expect(refusals()).toEqual(['address']);
    expect(await fail(attempts, 'another', '192.0.2.2')).toBe(null);
  });

  it('of all addresses in a /64 of IPv6 count together, and IPv4 in IPv6 counts as IPv4', async () => {
    const { attempts } = start();
    for (let i = 0; i < 100; i += 1)
      await fail(attempts, `user ${i}`, `2001:db8:0:1:${i.toString(16)}::${i}`);
    expect(await fail(attempts, 'another', '2001:db8:0:1:ffff::1')).toBeInstanceOf(RateLimited);
    expect(await fail(attempts, 'another', '2001:db8:0:2::1')).toBe(null);
    for (let i = 0; i < 100; i += 1) await fail(attempts, `user ${i}`, '::ffff:192.0.2.7');
    expect(await fail(attempts, 'another', '192.0.2.7')).toBeInstanceOf(RateLimited);
  });

  it('have the same message for each limit, so that a refusal reveals nothing about the user', async () => {
    const { attempts } = start();
    await failTimes(20, attempts, 'alice', '192.0.2.2');
    for (let i = 0; i < 100; i += 1) await fail(attempts, `user ${i}`);
    const refusals = [await fail(attempts, 'alice', '192.0.2.3'), await fail(attempts, 'nobody')];
    expect(new Set(refusals.map((refusal) => refusal?.message)).size).toBe(1);
  });

  it('of a refused address use up no attempts of a user', async () => {
    const { attempts, delays } = start();
    for (let i = 0; i < 100; i += 1) await fail(attempts, `user ${i}`);
    await failTimes(50, attempts, 'alice');
    expect(await fail(attempts, 'alice', '192.0.2.2')).toBe(null);
    expect(delays()).toEqual([]);
  });

  it('of a refused user use up no attempts of an address', async () => {
    const { attempts } = start();
    await failTimes(500, attempts, 'alice');
    for (let i = 0; i < 80; i += 1) expect(await fail(attempts, `user ${i}`)).toBe(null);
    expect(await fail(attempts, 'another')).toBeInstanceOf(RateLimited);
  });

  it('are forgotten for a user who succeeds, and the address keeps those of others', async () => {
    const { attempts, delays } = start();
    await failTimes(19, attempts, 'alice');
    await (await attempts.begin('alice', ADDRESS)).succeeded();
    const before = delays().length;
    await failTimes(5, attempts, 'alice');
    expect(delays()).toHaveLength(before);
    for (let i = 0; i < 76; i += 1) expect(await fail(attempts, `user ${i}`)).toBe(null);
    expect(await fail(attempts, 'another')).toBeInstanceOf(RateLimited);
  });

  it('do not count if the password could not be checked', async () => {
    const { attempts, delays } = start();
    for (let i = 0; i < 150; i += 1) await (await attempts.begin('alice', ADDRESS)).unavailable();
    expect(delays()).toEqual([]);
    for (let i = 0; i < 100; i += 1) expect(await fail(attempts, `user ${i}`)).toBe(null);
  });

  it('count before their passwords are checked, so that concurrent ones do not exceed the limit', async () => {
    const { attempts } = start();
    const all = Array.from({ length: 500 }, (_, index) => fail(attempts, 'alice', addressOf(index)));
    expect((await Promise.all(all)).filter((refusal) => refusal === null)).toHaveLength(20);
  });

  it('wait at most a hundred at a time; others are refused, and do not count', async () => {
    const sleepers: (() => void)[] = [];
    const { attempts, refusals } = start(null, () => new Promise<void>((resolve) => sleepers.push(resolve)));
    // The sixth attempts of a hundred users, from an address each.
    const waiting = Array.from({ length: 100 }, async (_, user) => {
      await failTimes(6, attempts, `user ${user}`, addressOf(user));
    });
    await expect.poll(() => sleepers.length).toBe(100);
    await failTimes(5, attempts, 'alice');
    for (let i = 0; i < 50; i += 1)
      expect(await fail(attempts, 'alice')).toMatchObject({ retryAfterMs: 8000 });
    expect(refusals()).toEqual(Array(50).fill('waiting'));
    expect(await fail(attempts, 'bob')).toBe(null);
    for (const wake of sleepers) wake();
    await Promise.all(waiting);
    const late = fail(attempts, 'alice');
    await expect.poll(() => sleepers.length).toBe(101);
    sleepers.at(-1)?.();
    expect(await late).toBe(null);
  });
});

describe('10,000 wrong passwords', () => {
  it('are 20 checks for a user, whatever the addresses', async () => {
    const { attempts, refusals } = start();
    for (let i = 0; i < 10_000; i += 1) await fail(attempts, 'alice', addressOf(i % 500));
    expect(refusals()).toEqual(Array(9980).fill('user'));
  });

  it('are 100 checks from an address, whatever the users', async () => {
    const { attempts, refusals } = start();
    for (let i = 0; i < 10_000; i += 1) await fail(attempts, `user ${i}`);
    expect(refusals()).toEqual(Array(9900).fill('address'));
  });
});

describe.skipIf(noRedis)('attempts to sign in at three processes', () => {
  async function startThree() {
    const redis = await redisForTest();
    const three = await Promise.all(
      Array.from({ length: 3 }, async () => {
        const state = await redisStateOf(redis);
        return { ...start(state.client), state };
      }),
    );
    return { redis, three };
  }

  it('count together, also concurrent ones', async () => {
    const { redis, three } = await startThree();
    const all = Array.from({ length: 300 }, (_, index) =>
      fail((three[index % 3] as (typeof three)[0]).attempts, 'alice', addressOf(index)),
    );
    expect((await Promise.all(all)).filter((refusal) => refusal === null)).toHaveLength(20);
    expect(Object.keys(await readKeys(redis)).join()).not.toMatch(/alice|10\.0/);
  });

  it('count in each process while Redis is stopped, and together again afterwards', async () => {
    const { redis, three } = await startThree();
    await redis.stop();
    const all = Array.from({ length: 300 }, (_, index) =>
      fail((three[index % 3] as (typeof three)[0]).attempts, 'alice', addressOf(index)),
    );
    expect((await Promise.all(all)).filter((refusal) => refusal === null)).toHaveLength(60);
    await redis.restart();
    for (const { state } of three) await expect.poll(() => state.isUp).toBe(true);
    const again = Array.from({ length: 300 }, (_, index) =>
      fail((three[index % 3] as (typeof three)[0]).attempts, 'alice', addressOf(index)),
    );
    expect((await Promise.all(again)).filter((refusal) => refusal === null)).toHaveLength(20);
  });
});
