import { describe, expect, it } from 'vitest';
import { batchesOf, runBatches } from '../../../src/repository/maintenance/batches.ts';
import { createRateLimiter } from '../../../src/repository/maintenance/rate-limiter.ts';
import { virtualTime } from './virtual-time.ts';

const ids = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

function startBatches(callsPerSecond: number) {
  const time = virtualTime();
  const ending = new AbortController();
  const options = { limiter: createRateLimiter({ callsPerSecond, ...time }), signal: ending.signal };
  return { clock: time.clock, ending, options };
}

describe('batches', () => {
  it('contain each id once, in order; no ids give no batch', () => {
    const batches = batchesOf(ids(60));
    expect(batches.map(({ length }) => length)).toEqual([25, 25, 10]);
    expect(batches.flat()).toEqual(ids(60));
    expect(batchesOf([])).toEqual([]);
  });

  it('wait for the rate limit if they make calls, and not otherwise', async () => {
    const { clock, options } = startBatches(2);
    const startedAt: number[] = [];
    await runBatches(
      ids(6),
      async (batch, rateLimit) => {
        startedAt.push(clock.monotonic());
        if (batch > 3) await rateLimit.acquire();
      },
      options,
    );
    expect(startedAt).toEqual([0, 0, 0, 0, 500, 1000]);
  });

  it('make all calls at the rate limit; a started batch goes before a new one', async () => {
    const { clock, options } = startBatches(2);
    const calls: [batch: number, at: number][] = [];
    await runBatches(
      ids(3),
      async (batch, rateLimit) => {
        for (let call = 0; call < 3; call += 1) {
          await rateLimit.acquire();
          calls.push([batch, clock.monotonic()]);
        }
      },
      options,
    );
    expect(calls.map(([, at]) => at)).toEqual(Array.from({ length: 9 }, (_, index) => 500 * index));
    expect(calls.map(([batch]) => batch)).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3]);
  });

  it('run up to four at a time if the upstream is slower than the rate limit', async () => {
    const { options } = startBatches(1000);
    const ends: (() => void)[] = [];
    let mostAtOnce = 0;
    let open = 0;
    const running = runBatches(
      ids(10),
      async (_, rateLimit) => {
        await rateLimit.acquire();
        open += 1;
        mostAtOnce = Math.max(mostAtOnce, open);
        await new Promise<void>((resolve) => ends.push(resolve));
        open -= 1;
      },
      options,
    );
    for (let ended = 0; ended < 10; ended += 1) {
      await expect.poll(() => ends.length).toBe(Math.min(4 + ended, 10));
      ends[ended]?.();
    }
    await running;
    expect(mostAtOnce).toBe(4);
  });

  it('run concurrently if their calls are only counted; the next batch waits for the rate limit', async () => {
    const { clock, options } = startBatches(2);
    const { promise, resolve } = Promise.withResolvers<void>();
    const startedAt: number[] = [];
    await runBatches(
      ids(3),
      async (batch, rateLimit) => {
        startedAt.push(clock.monotonic());
        rateLimit.record();
        rateLimit.record();
        if (batch === 3) resolve();
        await promise;
      },
      options,
    );
    expect(startedAt).toEqual([0, 1000, 2000]);
  });

  it('end with the running ones after an abort', async () => {
    const { ending, options } = startBatches(1000);
    const { promise, resolve } = Promise.withResolvers<void>();
    const done: number[] = [];
    const running = runBatches(
      ids(10),
      async (batch, rateLimit) => {
        await rateLimit.acquire();
        if (batch === 2) ending.abort();
        await promise;
        done.push(batch);
      },
      options,
    );
    resolve();
    await running;
    expect(done).toEqual([1, 2]);
  });
});
