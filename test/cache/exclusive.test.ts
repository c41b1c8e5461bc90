import { describe, expect, it } from 'vitest';
import type { ExclusiveResult, LockHandle } from '../../src/cache/engine/exclusive.ts';
import { type CacheProcess, startCacheProcess } from '../support/cache-process.ts';
import { useCacheProcesses } from '../support/cache-processes.ts';
import { noRedis } from '../support/redis.ts';

const EVERY = { everyMs: 60_000 };
const LEASE = 'test_v1:{turn_poll}:lease';

/** Work that goes on until the test lets it end. */
function heldWork() {
  const began = Promise.withResolvers<LockHandle>();
  const { promise, resolve } = Promise.withResolvers<void>();
  const work = (lock: LockHandle) => {
    began.resolve(lock);
    return promise;
  };
  return { work, began: began.promise, end: resolve };
}

function run({ cache }: CacheProcess, work: (lock: LockHandle) => Promise<void> = async () => {}) {
  return cache.runExclusive('poll', EVERY, work);
}

/** Tries until it runs. */
async function untilRun(process: CacheProcess): Promise<void> {
  await expect.poll(() => run(process), { timeout: 60_000 }).toBe('ran');
}

describe('an exclusive job of a single process', () => {
  it('runs once per interval, counted from its start', async () => {
    const process = await startCacheProcess();
    const work = async () => {
      process.clock.ms += 20_000;
    };
    expect(await run(process, work)).toBe('ran');
    process.clock.ms += 39_999;
    expect(await run(process)).toBe('locked');
    process.clock.ms += 1;
    expect(await run(process)).toBe('ran');
  });

  it('does not start again while it runs', async () => {
    const process = await startCacheProcess();
    const held = heldWork();
    const first = run(process, held.work);
    process.clock.ms += EVERY.everyMs * 2;
    expect(await run(process)).toBe('locked');
    held.end();
    await first;
    expect(await run(process)).toBe('ran');
  });

  it('that fails may run again at once', async () => {
    const process = await startCacheProcess();
    await expect(run(process, () => Promise.reject(new Error('no such luck')))).rejects.toThrow('no such');
    expect(await run(process)).toBe('ran');
  });

  it('does not depend on the wall clock', async () => {
    const process = await startCacheProcess();
    await run(process);
    process.wall.offsetMs = EVERY.everyMs * 2;
    expect(await run(process)).toBe('locked');
  });

  it('is independent of other names', async () => {
    const { cache } = await startCacheProcess();
    const work = async () => {};
    expect(await cache.runExclusive('poll', EVERY, work)).toBe('ran');
    expect(await cache.runExclusive('warm', EVERY, work)).toBe('ran');
    for (const name of ['', 'Poll', 'poll 1', 'poll-1', 'a{b}'])
      await expect(cache.runExclusive(name, EVERY, work)).rejects.toThrow(
        `Job ${JSON.stringify(name)} must consist of`,
      );
  });
});

describe.skipIf(noRedis)('an exclusive job of processes with a shared Redis', () => {
  const processes = useCacheProcesses();
  const { start } = processes;
  const leftMs = () => processes.plain.pttl(LEASE);

  it('runs in one of several concurrent processes', async () => {
    const all = await Promise.all([start(), start(), start()]);
    let runs = 0;
    const work = async () => {
      runs += 1;
    };
    const results = await Promise.all(all.map((process) => run(process, work)));
    expect(runs).toBe(1);
    expect(results.sort()).toEqual(['locked', 'locked', 'ran']);
  });

  it('is blocked for the rest of the interval after its work', async () => {
    const [first, second] = await Promise.all([start(), start()]);
    await run(first, async () => {
      first.clock.ms += 20_000;
    });
    expect(await run(second)).toBe('locked');
    expect(await run(first)).toBe('locked');
    expect(await leftMs()).toBeLessThanOrEqual(40_000);
    expect(await leftMs()).toBeGreaterThan(10_000);
    // As if that had passed.
    await processes.plain.pexpire(LEASE, 1);
    await untilRun(second);
  });

  it('keeps its lock as long as the work takes', async () => {
    const [first, second] = await Promise.all([start({ leaseMs: 3000 }), start()]);
    const held = heldWork();
    const running = run(first, held.work);
    await held.began;
    await processes.plain.pexpire(LEASE, 2500);
    await expect.poll(leftMs, { timeout: 60_000 }).toBeGreaterThan(2500);
    first.clock.ms += EVERY.everyMs;
    expect(await run(second)).toBe('locked');
    held.end();
    expect(await running).toBe('ran');
    expect(await run(second)).toBe('ran');
  });

  it('that fails may run in another process at once', async () => {
    const [first, second] = await Promise.all([start(), start()]);
    const failure = new Error('no such luck');
    await expect(run(first, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(await run(second)).toBe('ran');
  });

  it('may run in another process after its process dies', async () => {
    const [first, second] = await Promise.all([start({ leaseMs: 300 }), start()]);
    const held = heldWork();
    const running = run(first, held.work);
    await held.began;
    first.close();
    await untilRun(second);
    held.end();
    await running;
  });

  it("that lost its lock is aborted, and does not release the other's lock", async () => {
    const first = await start();
    const held = heldWork();
    const running = run(first, held.work);
    await held.began;
    await processes.plain.set(LEASE, 'the next holder', 'PX', 10_000);
    held.end();
    expect(await running).toBe('ran');
    expect(first.events).toContainEqual({ type: 'lease-lost', keyClass: 'turn', count: 1 });
    expect(await processes.plain.get(LEASE)).toBe('the next holder');
    expect(await leftMs()).toBeLessThanOrEqual(10_000);
  });

  it('that loses its lock during its work is notified by signal', async () => {
    const process = await start({ leaseMs: 600 });
    const held = heldWork();
    const running = run(process, held.work);
    const lock = await held.began;
    expect(lock.signal.aborted).toBe(false);
    await processes.plain.set(LEASE, 'the next holder', 'PX', 10_000);
    await expect.poll(() => lock.signal.aborted, { timeout: 60_000 }).toBe(true);
    expect(lock.signal.reason).toMatchObject({ name: 'LockLost' });
    held.end();
    await running;
    expect(process.events.filter(({ type }) => type === 'lease-lost')).toHaveLength(1);
  });

  it('does not run while Redis is down', async () => {
    const process = await start();
    processes.redis.freeze();
    let result: ExclusiveResult;
    try {
      result = await run(process, () => Promise.reject(new Error('this must not run')));
    } finally {
      processes.redis.thaw();
    }
    expect(result).toBe('no-redis');
    expect(process.events).toContainEqual(
      expect.objectContaining({ type: 'store-failed', operation: 'turn', keyClass: 'turn' }),
    );
  });

  it('counts as done if Redis is down when the work ends', async () => {
    const process = await start();
    const result = run(process, async () => {
      process.close();
    });
    expect(await result).toBe('ran');
    expect(process.events).toContainEqual(
      expect.objectContaining({ type: 'store-failed', operation: 'extend', keyClass: 'turn' }),
    );
  });
});
