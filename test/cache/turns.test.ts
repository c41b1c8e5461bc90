import { describe, expect, it } from 'vitest';
import type { Turn } from '../../src/cache/turns.ts';
import { type CacheProcess, startCacheProcess } from '../support/cache-process.ts';
import { useCacheProcesses } from '../support/cache-processes.ts';
import { noRedis } from '../support/redis.ts';

const EVERY = { everyMs: 60_000 };
const LEASE = 'test_v1:{turn_poll}:lease';
const TAKEN = { ran: false, why: 'taken' };

/** Work that goes on until the test lets it end. */
function heldWork() {
  const began = Promise.withResolvers<void>();
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const work = () => {
    began.resolve();
    return promise;
  };
  return { work, began: began.promise, end: () => resolve('done'), fail: reject };
}

function take({ cache }: CacheProcess, work: () => Promise<string> = async () => 'done', interval = EVERY) {
  return cache.takeTurn('poll', interval, work);
}

/** Tries until it has the turn. */
async function untilTaken(process: CacheProcess): Promise<void> {
  await expect.poll(async () => (await take(process)).ran, { timeout: 20_000 }).toBe(true);
}

describe('a turn of a process by itself', () => {
  it('is taken once an interval, counted from when the work began', async () => {
    const process = await startCacheProcess();
    const work = async () => {
      process.clock.ms += 20_000;
      return 'done';
    };
    expect(await take(process, work)).toEqual({ ran: true, result: 'done' });
    process.clock.ms += 39_999;
    expect(await take(process)).toEqual(TAKEN);
    process.clock.ms += 1;
    expect(await take(process)).toEqual({ ran: true, result: 'done' });
  });

  it('is not taken again while the work goes on, however long', async () => {
    const process = await startCacheProcess();
    const held = heldWork();
    const first = take(process, held.work);
    process.clock.ms += EVERY.everyMs * 2;
    expect(await take(process)).toEqual(TAKEN);
    held.end();
    await first;
    expect(await take(process)).toMatchObject({ ran: true });
  });

  it('that fails may be taken at once', async () => {
    const process = await startCacheProcess();
    await expect(take(process, () => Promise.reject(new Error('no such luck')))).rejects.toThrow('no such');
    expect(await take(process)).toMatchObject({ ran: true });
  });

  it('does not depend on the clock on the wall', async () => {
    const process = await startCacheProcess();
    await take(process);
    process.wall.offsetMs = EVERY.everyMs * 2;
    expect(await take(process)).toEqual(TAKEN);
  });

  it('is one of its name', async () => {
    const { cache } = await startCacheProcess();
    const work = async () => 'done';
    expect(await cache.takeTurn('poll', EVERY, work)).toMatchObject({ ran: true });
    expect(await cache.takeTurn('warm', EVERY, work)).toMatchObject({ ran: true });
    for (const name of ['', 'Poll', 'poll 1', 'poll-1', 'a{b}'])
      await expect(cache.takeTurn(name, EVERY, work)).rejects.toThrow(`Turn ${JSON.stringify(name)} must be`);
  });
});

describe.skipIf(noRedis)('a turn of processes that share a Redis', () => {
  const processes = useCacheProcesses();
  const { start } = processes;
  const leftMs = () => processes.plain.pttl(LEASE);

  it('is taken by one of those that try at once', async () => {
    const all = await Promise.all([start(), start(), start()]);
    let runs = 0;
    const work = async () => {
      runs += 1;
      return 'done';
    };
    const turns = await Promise.all(all.map((process) => take(process, work)));
    expect(runs).toBe(1);
    expect(turns.filter(({ ran }) => ran)).toEqual([{ ran: true, result: 'done' }]);
    expect(turns.filter(({ ran }) => !ran)).toEqual([TAKEN, TAKEN]);
  });

  it('is kept after the work for what is left of the interval', async () => {
    const [first, second] = await Promise.all([start(), start()]);
    await take(first, async () => {
      first.clock.ms += 20_000;
      return 'done';
    });
    expect(await take(second)).toEqual(TAKEN);
    expect(await take(first)).toEqual(TAKEN);
    expect(await leftMs()).toBeLessThanOrEqual(40_000);
    expect(await leftMs()).toBeGreaterThan(10_000);
    // As if that had passed.
    await processes.plain.pexpire(LEASE, 1);
    await untilTaken(second);
  });

  it('is kept for as long as the work takes, and no longer', async () => {
    const [first, second] = await Promise.all([start({ leaseMs: 3000 }), start()]);
    const held = heldWork();
    const turn = take(first, held.work);
    await held.began;
    await processes.plain.pexpire(LEASE, 2500);
    await expect.poll(leftMs, { timeout: 10_000 }).toBeGreaterThan(2500);
    first.clock.ms += EVERY.everyMs;
    expect(await take(second)).toEqual(TAKEN);
    held.end();
    expect(await turn).toEqual({ ran: true, result: 'done' });
    expect(await take(second)).toMatchObject({ ran: true });
  });

  it('that fails may be taken by another at once', async () => {
    const [first, second] = await Promise.all([start(), start()]);
    const failure = new Error('no such luck');
    await expect(take(first, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(await take(second)).toMatchObject({ ran: true });
  });

  it('passes on when the process that has it dies', async () => {
    const [first, second] = await Promise.all([start({ leaseMs: 300 }), start()]);
    const held = heldWork();
    const turn = take(first, held.work);
    await held.began;
    first.close();
    await untilTaken(second);
    held.end();
    await turn;
  });

  it('that was lost to another is told of, and left to that one', async () => {
    const first = await start();
    const held = heldWork();
    const turn = take(first, held.work);
    await held.began;
    await processes.plain.set(LEASE, 'the next holder', 'PX', 10_000);
    held.end();
    expect(await turn).toEqual({ ran: true, result: 'done' });
    expect(first.events).toContainEqual({ type: 'lease-lost', keyClass: 'turn', count: 1 });
    expect(await processes.plain.get(LEASE)).toBe('the next holder');
    expect(await leftMs()).toBeLessThanOrEqual(10_000);
  });

  it('is nobody’s while Redis does not answer', async () => {
    const process = await start();
    processes.redis.freeze();
    let turn: Turn<string>;
    try {
      turn = await take(process, () => Promise.reject(new Error('this must not run')));
    } finally {
      processes.redis.thaw();
    }
    expect(turn).toEqual({ ran: false, why: 'no-redis' });
    expect(process.events).toContainEqual(
      expect.objectContaining({ type: 'store-failed', operation: 'turn', keyClass: 'turn' }),
    );
  });

  it('counts as done where Redis is gone when the work ends', async () => {
    const process = await start();
    const result = take(process, async () => {
      process.close();
      return 'done';
    });
    expect(await result).toEqual({ ran: true, result: 'done' });
    expect(process.events).toContainEqual(
      expect.objectContaining({ type: 'store-failed', operation: 'extend', keyClass: 'turn' }),
    );
  });
});
