import { describe, expect, it } from 'vitest';
import { batchesOf, runBatches } from '../../../src/repository/upkeep/batches.ts';
import { createPace } from '../../../src/repository/upkeep/pace.ts';
import { virtualTime } from './virtual-time.ts';

const ids = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

function startBatches(callsPerSecond: number) {
  const time = virtualTime();
  const ending = new AbortController();
  const options = { pace: createPace({ callsPerSecond, ...time }), signal: ending.signal };
  return { clock: time.clock, ending, options };
}

describe('batches', () => {
  it('have each id once, in order, and are none for no id', () => {
    const batches = batchesOf(ids(60));
    expect(batches.map(({ length }) => length)).toEqual([25, 25, 10]);
    expect(batches.flat()).toEqual(ids(60));
    expect(batchesOf([])).toEqual([]);
  });

  it('that call wait for the pace, and those that need no call do not', async () => {
    const { clock, options } = startBatches(2);
    const startedAt: number[] = [];
    await runBatches(
      ids(6),
      async (batch, begin) => {
        startedAt.push(clock.monotonic());
        if (batch > 3) begin();
      },
      options,
    );
    expect(startedAt).toEqual([0, 0, 0, 0, 500, 1000]);
  });

  it('go side by side where the upstream is slower than the pace, four at the most', async () => {
    const { options } = startBatches(1000);
    const ends: (() => void)[] = [];
    let mostAtOnce = 0;
    let open = 0;
    const running = runBatches(
      ids(10),
      async (_, begin) => {
        begin();
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

  it('end when what is under way has, once they are told to', async () => {
    const { ending, options } = startBatches(1000);
    const { promise, resolve } = Promise.withResolvers<void>();
    const done: number[] = [];
    const running = runBatches(
      ids(10),
      async (batch, begin) => {
        begin();
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
