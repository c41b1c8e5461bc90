import { describe, expect, it } from 'vitest';
import { createRateLimiter } from '../../../src/repository/maintenance/rate-limiter.ts';
import { heldSleep } from './held-sleep.ts';
import { virtualTime } from './virtual-time.ts';

const going = new AbortController().signal;

function startLimiter(callsPerSecond: number) {
  const time = virtualTime();
  const limiter = createRateLimiter({ callsPerSecond, ...time });
  return { ...time, limiter, rateLimit: limiter.within(going) };
}

describe('the rate limit of background work', () => {
  it('starts the first call at once, then a fixed number a second', async () => {
    const { rateLimit, clock } = startLimiter(4);
    const beganAt: number[] = [];
    for (let call = 0; call < 5; call += 1) {
      await rateLimit.acquire();
      beganAt.push(clock.monotonic());
    }
    expect(beganAt).toEqual([0, 250, 500, 750, 1000]);
  });

  it('gives concurrent calls a slot each, whoever makes them', () => {
    const { sleep, waits } = heldSleep();
    const limiter = createRateLimiter({ callsPerSecond: 4, clock: { monotonic: () => 0 }, sleep });
    const [one, other] = [limiter.within(going), limiter.within(going)];
    for (const rateLimit of [one, other, one, one]) void rateLimit.acquire();
    expect(waits()).toEqual([250, 500, 750]);
  });

  it('uses no slot if no call is made', async () => {
    const { limiter, clock } = startLimiter(1);
    for (let turn = 0; turn < 100; turn += 1) await limiter.available(going);
    expect(clock.monotonic()).toBe(0);
  });

  it('is free once every reserved call has begun', async () => {
    const { limiter, rateLimit, clock } = startLimiter(1);
    await rateLimit.acquire();
    await limiter.available(going);
    expect(clock.monotonic()).toBe(1000);
  });

  it('delays later calls after calls that were not delayed', async () => {
    const { rateLimit, clock } = startLimiter(10);
    for (let call = 0; call < 5; call += 1) rateLimit.record();
    await rateLimit.acquire();
    expect(clock.monotonic()).toBe(500);
  });

  it('does not accumulate unused slots', async () => {
    const { rateLimit, clock, sleep } = startLimiter(1);
    await sleep(60_000);
    rateLimit.record();
    await rateLimit.acquire();
    expect(clock.monotonic()).toBe(61_000);
  });

  it('stops delaying after an abort', async () => {
    const { limiter, clock } = startLimiter(1);
    const rateLimit = limiter.within(AbortSignal.abort());
    rateLimit.record();
    await rateLimit.acquire();
    await limiter.available(AbortSignal.abort());
    expect(clock.monotonic()).toBe(0);
  });
});
