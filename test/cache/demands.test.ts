import { describe, expect, it } from 'vitest';
import { createLeaseWaits } from '../../src/cache/engine/leased-loads.ts';
import { countingLoad, FRESH_MS, getWord, heldLoad } from '../support/cache-process.ts';
import { useCacheProcesses } from '../support/cache-processes.ts';

describe('a read with a maximum age', () => {
  const processes = useCacheProcesses();

  /** Three processes whose memory holds a value that is 500 ms old. */
  async function startThree() {
    const clock = { ms: 1_000_000 };
    const start = () => processes.start({ clock });
    const [first, second] = [await start(), await start()];
    const all = [first, second, await start()];
    for (const { cache } of all) await getWord(cache, countingLoad(() => 'old').load);
    clock.ms += 500;
    const { load, asked } = countingLoad(() => 'new');
    return { clock, all, first, second, load, asked };
  }

  it('accepts an entry that another process loaded within that age', async () => {
    const { clock, all, load, asked } = await startThree();
    for (const { cache } of all) {
      expect(await getWord(cache, load, { maxAgeMs: 400, awaitRefresh: true })).toBe('new');
      clock.ms += 200;
    }
    expect(asked).toHaveLength(1);
  });

  it('loads if the entry in Redis is older too', async () => {
    const { clock, all, load, asked } = await startThree();
    for (const { cache } of all) {
      expect(await getWord(cache, load, { maxAgeMs: 400 })).toBe('new');
      clock.ms += 401;
    }
    expect(asked).toHaveLength(3);
  });

  it('shares one refresh of three with a maximum age, and refreshes each time without', async () => {
    const { all, load, asked } = await startThree();
    for (const { cache } of all) await getWord(cache, load, { maxAgeMs: 400, mode: 'refresh' });
    expect(asked).toHaveLength(1);
    for (const { cache } of all) await getWord(cache, load, { mode: 'refresh' });
    expect(asked).toHaveLength(4);
  });

  it('accepts no stale entry from Redis, however large the age', async () => {
    const { clock, first, second, load, asked } = await startThree();
    await getWord(first.cache, load, { mode: 'refresh' });
    clock.ms += FRESH_MS + 200;
    // Its memory holds what is older than that.
    expect(await getWord(second.cache, load, { maxAgeMs: FRESH_MS + 400, awaitRefresh: true })).toBe('new');
    expect(asked).toHaveLength(2);
  });
});

describe('a read that waits for a load in another process', () => {
  const processes = useCacheProcesses();

  it('waits as long as a load may take, and then loads by itself', async () => {
    const [first, second] = [await processes.start(), await processes.start()];
    const held = heldLoad('first');
    const loading = getWord(first.cache, held.load);
    await held.began;
    const { load, asked } = countingLoad(() => 'second');
    const waiting = getWord(second.cache, load);
    await expect.poll(() => second.cache.usage().waiters).toBe(1);
    second.clock.ms += 59_000;
    await expect.poll(() => second.cache.usage().waiters).toBe(1);
    expect(asked).toHaveLength(0);
    second.clock.ms += 3001;
    expect(await waiting).toBe('second');
    held.letGo();
    await loading;
  });

  it('restarts the wait if another process acquires the lease', () => {
    const clock = { ms: 0 };
    const waits = createLeaseWaits(100, { monotonic: () => clock.ms });
    const look = (owners: Record<string, string>) => waits.overdue(new Map(Object.entries(owners)));
    expect(look({ a: 'one', b: 'one' })).toEqual([]);
    clock.ms += 99;
    expect(look({ a: 'two', b: 'one' })).toEqual([]);
    clock.ms += 1;
    expect(look({ a: 'two', b: 'one' })).toEqual(['b']);
    clock.ms += 99;
    expect(look({ a: 'two' })).toEqual(['a']);
  });
});
