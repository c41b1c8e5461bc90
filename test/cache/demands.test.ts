import { describe, expect, it } from 'vitest';
import { createLeaseWaits } from '../../src/cache/engine/lease-waits.ts';
import { countingLoad, FRESH_MS, getWord, heldLoad } from '../support/cache-process.ts';
import { useCacheProcesses } from '../support/cache-processes.ts';

describe('a read that names a greatest age', () => {
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

  it('takes what another process has loaded within that age', async () => {
    const { clock, all, load, asked } = await startThree();
    for (const { cache } of all) {
      expect(await getWord(cache, load, { maxAgeMs: 400, mode: 'fresh' })).toBe('new');
      clock.ms += 200;
    }
    expect(asked).toHaveLength(1);
  });

  it('loads what is older in Redis too', async () => {
    const { clock, all, load, asked } = await startThree();
    for (const { cache } of all) {
      expect(await getWord(cache, load, { maxAgeMs: 400 })).toBe('new');
      clock.ms += 401;
    }
    expect(asked).toHaveLength(3);
  });

  it('refreshes no more than one of three where it allows an age, and each where it does not', async () => {
    const { all, load, asked } = await startThree();
    for (const { cache } of all) await getWord(cache, load, { maxAgeMs: 400, mode: 'refresh' });
    expect(asked).toHaveLength(1);
    for (const { cache } of all) await getWord(cache, load, { mode: 'refresh' });
    expect(asked).toHaveLength(4);
  });

  it('takes nothing from Redis that is stale, however great the age', async () => {
    const { clock, first, second, load, asked } = await startThree();
    await getWord(first.cache, load, { mode: 'refresh' });
    clock.ms += FRESH_MS + 200;
    // Its memory holds what is older than that.
    expect(await getWord(second.cache, load, { maxAgeMs: FRESH_MS + 400, mode: 'fresh' })).toBe('new');
    expect(asked).toHaveLength(2);
  });
});

describe('a read that waits for the load of another process', () => {
  const processes = useCacheProcesses();

  it('waits for as long as a load may take, and loads by itself after that', async () => {
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

  it('counts again from 0 when the lease changes hands', () => {
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
