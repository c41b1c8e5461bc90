import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRedisBreaker, RedisGivenUp } from '../../src/cache/redis/breaker.ts';
import { RedisTimedOut } from '../../src/cache/redis/deadline.ts';

describe('the breaker', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function build() {
    const changes: boolean[] = [];
    const world = { answers: false, probes: 0 };
    const breaker = createRedisBreaker({
      patienceMs: 50,
      onChange: (open) => void changes.push(open),
      async probe() {
        world.probes += 1;
        if (!world.answers) throw new Error('still dead');
      },
    });
    const fail = () => breaker.run(() => Promise.reject(new Error('dead'))).catch((error) => error);
    return { breaker, changes, world, fail };
  }

  it('opens at the third failure in a row, says so once, and then runs nothing', async () => {
    const { breaker, changes, fail } = build();
    for (let time = 0; time < 3; time += 1) expect((await fail()).message).toBe('dead');
    expect(await fail()).toBeInstanceOf(RedisGivenUp);
    const trip = vi.fn(async () => 'never');
    await expect(breaker.run(trip)).rejects.toBeInstanceOf(RedisGivenUp);
    expect(trip).not.toHaveBeenCalled();
    expect(changes).toEqual([true]);
  });

  it('does not count against Redis what had hardly any time', async () => {
    const { breaker } = build();
    const timeOut = (afterMs: number) =>
      breaker.run(() => Promise.reject(new RedisTimedOut(afterMs))).catch(() => {});
    for (let time = 0; time < 5; time += 1) await timeOut(24);
    expect(breaker.open).toBe(false);
    for (let time = 0; time < 3; time += 1) await timeOut(25);
    expect(breaker.open).toBe(true);
  });

  it('forgets failures when a trip comes through', async () => {
    const { breaker, changes, fail } = build();
    await fail();
    await fail();
    await breaker.run(async () => 'well');
    await fail();
    await fail();
    expect(changes).toEqual([]);
  });

  it('counts an answer that came, and came late, as a failure, and gives it all the same', async () => {
    const { breaker } = build();
    for (let time = 0; time < 3; time += 1) {
      const answer = breaker.run(() => new Promise((resolve) => setTimeout(() => resolve('late'), 80)));
      await vi.advanceTimersByTimeAsync(80);
      expect(await answer).toBe('late');
    }
    expect(breaker.open).toBe(true);
  });

  it('comes back where the clock on the wall is set back meanwhile', async () => {
    const { breaker, world, fail } = build();
    for (let time = 0; time < 3; time += 1) await fail();
    vi.setSystemTime(Date.now() - 60_000);
    world.answers = true;
    await vi.advanceTimersByTimeAsync(1000);
    expect(breaker.open).toBe(false);
  });

  it('probes by itself until a probe comes through, and lets no request wait for that', async () => {
    const { breaker, changes, world, fail } = build();
    for (let time = 0; time < 3; time += 1) await fail();
    await vi.advanceTimersByTimeAsync(3000);
    expect(world.probes).toBe(3);
    expect(await fail()).toBeInstanceOf(RedisGivenUp);
    world.answers = true;
    await vi.advanceTimersByTimeAsync(1000);
    expect(changes).toEqual([true, false]);
    expect(await breaker.run(async () => 'well')).toBe('well');
  });

  it('sends no probe once it is let go of', async () => {
    const { breaker, world, fail } = build();
    for (let time = 0; time < 3; time += 1) await fail();
    breaker.stop();
    await vi.advanceTimersByTimeAsync(5000);
    expect(world.probes).toBe(0);
  });
});
