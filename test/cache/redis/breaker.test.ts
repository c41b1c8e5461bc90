import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CircuitOpen, createRedisBreaker } from '../../../src/cache/redis/breaker.ts';
import { RedisTimedOut } from '../../../src/cache/redis/trip.ts';

describe('the circuit breaker', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function build() {
    const changes: boolean[] = [];
    const world = { answers: false, probes: 0 };
    const breaker = createRedisBreaker({
      timeoutMs: 50,
      onChange: (open) => void changes.push(open),
      async probe() {
        world.probes += 1;
        if (!world.answers) throw new Error('still dead');
      },
    });
    const fail = () => breaker.run(() => Promise.reject(new Error('dead'))).catch((error) => error);
    return { breaker, changes, world, fail };
  }

  it('opens at the third failure in a row, reports it once, and then refuses trips', async () => {
    const { breaker, changes, fail } = build();
    for (let time = 0; time < 3; time += 1) expect((await fail()).message).toBe('dead');
    expect(await fail()).toBeInstanceOf(CircuitOpen);
    const trip = vi.fn(async () => 'never');
    await expect(breaker.run(trip)).rejects.toBeInstanceOf(CircuitOpen);
    expect(trip).not.toHaveBeenCalled();
    expect(changes).toEqual([true]);
  });

  it('does not count trips that had almost no time', async () => {
    const { breaker } = build();
    const timeOut = (afterMs: number) =>
      breaker.run(() => Promise.reject(new RedisTimedOut(afterMs))).catch(() => {});
    for (let time = 0; time < 5; time += 1) await timeOut(24);
    expect(breaker.open).toBe(false);
    for (let time = 0; time < 3; time += 1) await timeOut(25);
    expect(breaker.open).toBe(true);
  });

  it('resets its count after a successful trip', async () => {
    const { breaker, changes, fail } = build();
    await fail();
    await fail();
    await breaker.run(async () => 'well');
    await fail();
    await fail();
    expect(changes).toEqual([]);
  });

  it('counts a late reply as a failure, and still returns it', async () => {
    const { breaker } = build();
    for (let time = 0; time < 3; time += 1) {
      const answer = breaker.run(() => new Promise((resolve) => setTimeout(() => resolve('late'), 80)));
      await vi.advanceTimersByTimeAsync(80);
      expect(await answer).toBe('late');
    }
    expect(breaker.open).toBe(true);
  });

  it('closes again after the wall clock is set back', async () => {
    const { breaker, world, fail } = build();
    for (let time = 0; time < 3; time += 1) await fail();
    vi.setSystemTime(Date.now() - 60_000);
    world.answers = true;
    await vi.advanceTimersByTimeAsync(1000);
    expect(breaker.open).toBe(false);
  });

  it('probes in the background until a probe succeeds, and no request waits for a probe', async () => {
    const { breaker, changes, world, fail } = build();
    for (let time = 0; time < 3; time += 1) await fail();
    await vi.advanceTimersByTimeAsync(3000);
    expect(world.probes).toBe(3);
    expect(await fail()).toBeInstanceOf(CircuitOpen);
    world.answers = true;
    await vi.advanceTimersByTimeAsync(1000);
    expect(changes).toEqual([true, false]);
    expect(await breaker.run(async () => 'well')).toBe('well');
  });

  it('sends no probe after it is closed for good', async () => {
    const { breaker, world, fail } = build();
    for (let time = 0; time < 3; time += 1) await fail();
    breaker.stop();
    await vi.advanceTimersByTimeAsync(5000);
    expect(world.probes).toBe(0);
  });
});
