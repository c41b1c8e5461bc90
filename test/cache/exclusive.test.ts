import { describe, expect, it } from 'vitest';
import type { HeldTurn, Turn } from '../../src/cache/engine/exclusive.ts';
import { type CacheProcess, startCacheProcess } from '../support/cache-process.ts';
import { useCacheProcesses } from '../support/cache-processes.ts';
import { noRedis } from '../support/redis.ts';

const EVERY = { everyMs: 60_000 };
const LEASE = 'test_v1:{turn_poll}:lease';

/** Work that goes on until the test lets it end. */
function heldWork() {
  const began = Promise.withResolvers<HeldTurn>();
  const { promise, resolve } = Promise.withResolvers<void>();
  const work = (turn: HeldTurn) => {
    began.resolve(turn);
    return promise;
  };
  return { work, began: began.promise, end: resolve };
}

function take({ cache }: CacheProcess, work: (turn: HeldTurn) => Promise<void> = async () => {}) {
  return cache.takeTurn('poll', EVERY, work);
}

/** Tries until it has the turn. */
async function untilTaken(process: CacheProcess): Promise<void> {
  await expect.poll(() => take(process), { timeout: 60_000 }).toBe('ran');
}

describe('an exclusive job of a single process', () => {
  it('runs once per interval, counted from its start', async () => {
    const process = await startCacheProcess();
    const work = async () => {
      process.clock.ms += 20_000;
    };
    expect(await take(process, work)).toBe('ran');
    process.clock.ms += 39_999;
    expect(await take(process)).toBe('taken');
    process.clock.ms += 1;
    expect(await take(process)).toBe('ran');
  });

  it('does not start again while it runs', async () => {
    const process = await startCacheProcess();
    const held = heldWork();
    const first = take(process, held.work);
    process.clock.ms += EVERY.everyMs * 2;
    expect(await take(process)).toBe('taken');
    held.end();
    await first;
    expect(await take(process)).toBe('ran');
  });

  it('that fails may run again at once', async () => {
    const process = await startCacheProcess();
    await expect(take(process, () => Promise.reject(new Error('no such luck')))).rejects.toThrow('no such');
    expect(await take(process)).toBe('ran');
  });

  it('does not depend on the wall clock', async () => {
    const process = await startCacheProcess();
    await take(process);
    process.wall.offsetMs = EVERY.everyMs * 2;
    expect(await take(process)).toBe('taken');
  });

  it('is independent of other names', async () => {
    const { cache } = await startCacheProcess();
    const work = async () => {};
    expect(await cache.takeTurn('poll', EVERY, work)).toBe('ran');
    expect(await cache.takeTurn('warm', EVERY, work)).toBe('ran');
    for (const name of ['', 'Poll', 'poll 1', 'poll-1', 'a{b}'])
      await expect(cache.takeTurn(name, EVERY, work)).rejects.toThrow(
        `Turn ${JSON.stringify(name)} must consist of`,
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
    const turns = await Promise.all(all.map((process) => take(process, work)));
    expect(runs).toBe(1);
    expect(turns.sort()).toEqual(['ran', 'taken', 'taken']);
  });

  it('is blocked for the rest of the interval after its work', async () => {
    const [first, second] = await Promise.all([start(), start()]);
    await take(first, async () => {
      first.clock.ms += 20_000;
    });
    expect(await take(second)).toBe('taken');
    expect(await take(first)).toBe('taken');
    expect(await leftMs()).toBeLessThanOrEqual(40_000);
    expect(await leftMs()).toBeGreaterThan(10_000);
    // As if that had passed.
    await processes.plain.pexpire(LEASE, 1);
    await untilTaken(second);
  });

  it('keeps its lock as long as the work takes', async () => {
    const [first, second] = await Promise.all([start({ leaseMs: 3000 }), start()]);
    const held = heldWork();
    const turn = take(first, held.work);
    await held.began;
    await processes.plain.pexpire(LEASE, 2500);
    await expect.poll(leftMs, { timeout: 60_000 }).toBeGreaterThan(2500);
    first.clock.ms += EVERY.everyMs;
    expect(await take(second)).toBe('taken');
    held.end();
    expect(await turn).toBe('ran');
    expect(await take(second)).toBe('ran');
  });

  it('that fails may run in another process at once', async () => {
    const [first, second] = await Promise.all([start(), start()]);
    const failure = new Error('no such luck');
    await expect(take(first, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(await take(second)).toBe('ran');
  });

  it('may run in another process after its process dies', async () => {
    const [first, second] = await Promise.all([start({ leaseMs: 300 }), start()]);
    const held = heldWork();
    const turn = take(first, held.work);
    await held.began;
    first.close();
    await untilTaken(second);
    held.end();
    await turn;
  });

  it("that lost its lock is aborted, and does not release the other's lock", async () => {
    const first = await start();
    const held = heldWork();
    const turn = take(first, held.work);
    await held.began;
    await processes.plain.set(LEASE, 'the next holder', 'PX', 10_000);
    held.end();
    expect(await turn).toBe('ran');
    expect(first.events).toContainEqual({ type: 'lease-lost', keyClass: 'turn', count: 1 });
    expect(await processes.plain.get(LEASE)).toBe('the next holder');
    expect(await leftMs()).toBeLessThanOrEqual(10_000);
  });

  it('that loses its lock during its work is notified by signal and by a check', async () => {
    const process = await start({ leaseMs: 600 });
    const held = heldWork();
    const taken = take(process, held.work);
    const turn = await held.began;
    await turn.confirm();
    expect(turn.signal.aborted).toBe(false);
    await processes.plain.set(LEASE, 'the next holder', 'PX', 10_000);
    await expect.poll(() => turn.signal.aborted, { timeout: 60_000 }).toBe(true);
    expect(turn.signal.reason).toMatchObject({ name: 'TurnLost' });
    await expect(turn.confirm()).rejects.toBe(turn.signal.reason);
    held.end();
    await taken;
    expect(process.events.filter(({ type }) => type === 'lease-lost')).toHaveLength(1);
  });

  it('is not confirmed after its lock expired or while Redis is down, even if no other process has it', async () => {
    const process = await start({ leaseMs: 60_000 });
    const held = heldWork();
    const taken = take(process, held.work);
    const turn = await held.began;
    await processes.plain.config('SET', 'min-replicas-to-write', '1');
    await expect(turn.confirm()).rejects.toMatchObject({ name: 'TurnLost' });
    await processes.plain.config('SET', 'min-replicas-to-write', '0');
    await turn.confirm();
    await processes.plain.flushall();
    await expect(turn.confirm()).rejects.toMatchObject({ name: 'TurnLost' });
    expect(turn.signal.aborted).toBe(true);
    held.end();
    await taken;
  });

  it('does not run while Redis is down', async () => {
    const process = await start();
    processes.redis.freeze();
    let turn: Turn;
    try {
      turn = await take(process, () => Promise.reject(new Error('this must not run')));
    } finally {
      processes.redis.thaw();
    }
    expect(turn).toBe('no-redis');
    expect(process.events).toContainEqual(
      expect.objectContaining({ type: 'store-failed', operation: 'turn', keyClass: 'turn' }),
    );
  });

  it('counts as done if Redis is down when the work ends', async () => {
    const process = await start();
    const result = take(process, async () => {
      process.close();
    });
    expect(await result).toBe('ran');
    expect(process.events).toContainEqual(
      expect.objectContaining({ type: 'store-failed', operation: 'extend', keyClass: 'turn' }),
    );
  });
});
