import { describe, expect, it } from 'vitest';
import type { WarmUpProgress } from '../../../src/repository/maintenance/progress.ts';
import { startCacheProcess } from '../../support/cache-process.ts';
import { heldSleep } from './held-sleep.ts';
import { startLoneUpkeep, startUpkeep, TTL_MS } from './maintenance-process.ts';
import { startSource } from './source.ts';

describe('a warm-up', () => {
  it('loads the list of sellers and the catalogs of each seller once', async () => {
    const source = startSource(60);
    const upkeep = await startLoneUpkeep(source);
    const result = await upkeep.warmUp.run();
    expect(result).toMatchObject({ sellers: 60, total: 60, loaded: 60, failed: 0, complete: true });
    expect(source.lists).toBe(1);
    expect(source.asked.flat().sort((a, b) => a - b)).toEqual(source.sellers.map(({ id }) => id));
    expect((await upkeep.readCatalogs(60)).loaded).toBe(false);
    expect(upkeep.told.at(-1)).toMatchObject({ type: 'warm-up-ended', sellers: 60, total: 60, loaded: 60 });
  });

  it('skips fresh lists, and loads stale ones before it ends', async () => {
    const source = startSource(60);
    const upkeep = await startLoneUpkeep(source);
    await upkeep.warmUp.run();
    expect(await upkeep.warmUp.run()).toMatchObject({ sellers: 60, loaded: 0, complete: true });
    upkeep.clock.ms += 1.2 * TTL_MS.catalogs;
    expect(await upkeep.warmUp.run()).toMatchObject({ sellers: 60, loaded: 60, complete: true });
    expect(source.lists).toBe(1);
  });

  it('does not delay a request that joins its load, and waits for the pages afterwards', async () => {
    const source = startSource(26);
    source.pages = 3;
    const { sleep, waits, wakeAll } = heldSleep();
    const at = { ms: 0 };
    const time = { clock: { monotonic: () => at.ms }, sleep };
    const upkeep = startUpkeep(await startCacheProcess(), source, 0, time);
    const warming = upkeep.warmUp.run();
    await expect.poll(waits).toEqual([3]);
    expect([source.lists, source.asked]).toEqual([1, []]);
    const loading = Promise.withResolvers<void>();
    source.gate = () => loading.promise;
    at.ms += 3;
    wakeAll();
    await expect.poll(() => source.asked.length).toBe(1);
    const joined = upkeep.readCatalogs(1);
    loading.resolve();
    expect(await joined).toMatchObject({ list: [{ id: 11 }, { id: 12 }], loaded: false });
    await expect.poll(() => waits().length).toBe(1);
    expect(source.asked).toHaveLength(1);
    at.ms += 3;
    wakeAll();
    expect(await warming).toMatchObject({ loaded: 26, complete: true });
  });

  it('does not raise the popularity of any list', async () => {
    const upkeep = await startLoneUpkeep(startSource(5));
    await upkeep.warmUp.run();
    expect(upkeep.cache.hottest(10)).toEqual([]);
  });

  it('starts at a random batch and wraps around', async () => {
    const source = startSource(100);
    const upkeep = await startLoneUpkeep(source);
    await upkeep.warmUp.run();
    expect(source.asked.map(([first]) => first)).toEqual([51, 76, 1, 26]);
  });

  it('continues after a failed batch, and is incomplete', async () => {
    const source = startSource(75);
    const upkeep = await startLoneUpkeep(source);
    source.failing = (id) => id === 30;
    const result = await upkeep.warmUp.run();
    expect(result).toMatchObject({ sellers: 50, total: 75, loaded: 50, failed: 25, complete: false });
    expect(upkeep.toldOf('warm-up-ended')).toHaveLength(1);
  });

  it('counts a stale list as failed if its load fails', async () => {
    const source = startSource(2);
    const upkeep = await startLoneUpkeep(source);
    await upkeep.warmUp.run();
    upkeep.clock.ms += 1.2 * TTL_MS.catalogs;
    source.failing = () => true;
    expect(await upkeep.warmUp.run()).toMatchObject({ sellers: 0, loaded: 0, failed: 2, complete: false });
  });

  it('stops after five failures in a row, and reports the cause', async () => {
    const source = startSource(500);
    const upkeep = await startLoneUpkeep(source);
    source.failing = () => true;
    expect((await upkeep.warmUp.run()).complete).toBe(false);
    // Those that were under way when the fifth failed have ended too.
    expect(source.asked.length).toBeLessThan(5 + 4);
    expect(upkeep.toldOf('warm-up-failed')).toMatchObject([{ cause: { message: 'down' } }]);
    expect(upkeep.toldOf('warm-up-ended')).toEqual([]);
  });

  it('does not stop for failures with successes in between', async () => {
    const source = startSource(500);
    const upkeep = await startLoneUpkeep(source);
    source.failing = (id) => Math.ceil(id / 25) % 5 !== 0;
    expect(await upkeep.warmUp.run()).toMatchObject({ sellers: 100, failed: 400 });
  });

  it('fails if the list of sellers is stale and cannot be refreshed, and still warms its sellers', async () => {
    const source = startSource(5);
    const upkeep = await startLoneUpkeep(source);
    await upkeep.warmUp.run();
    upkeep.clock.ms += 1.2 * TTL_MS.sellers;
    source.api.sellers = async () => {
      throw new Error('down');
    };
    expect(await upkeep.warmUp.run()).toMatchObject({ sellers: 5, total: 5, loaded: 5, complete: false });
    expect(upkeep.told.at(-1)).toMatchObject({ type: 'warm-up-failed', cause: { message: 'down' } });
  });

  it('fails without a list of sellers', async () => {
    const source = startSource(5);
    source.api.sellers = async () => {
      throw new Error('down');
    };
    const upkeep = await startLoneUpkeep(source);
    expect(await upkeep.warmUp.run()).toMatchObject({ sellers: 0, total: 0, complete: false });
    expect(upkeep.told).toMatchObject([{ type: 'warm-up-failed', cause: { message: 'down' } }]);
  });

  it('completes without sellers', async () => {
    const upkeep = await startLoneUpkeep(startSource(0));
    expect(await upkeep.warmUp.run()).toMatchObject({ total: 0, complete: true });
  });

  it('runs once per process: later callers join it and receive its progress', async () => {
    const source = startSource(100);
    const upkeep = await startLoneUpkeep(source);
    const [early, late]: WarmUpProgress[][] = [[], []];
    const first = upkeep.warmUp.run({ onProgress: (progress) => early?.push(progress) });
    const second = upkeep.warmUp.run({ onProgress: (progress) => late?.push(progress) });
    expect(await first).toEqual(await second);
    expect(source.asked).toHaveLength(4);
    expect(early?.map(({ sellers }) => sellers)).toEqual([25, 50, 75, 100]);
    expect(late).toEqual(early);
    await upkeep.warmUp.run();
    expect(early).toHaveLength(4);
  });

  it('reports progress in steps of at least a twentieth', async () => {
    const upkeep = await startLoneUpkeep(startSource(2500));
    await upkeep.warmUp.run();
    expect(upkeep.toldOf('warm-up-progress')).toHaveLength(20);
  });

  it('stops early on abort, and keeps what it loaded', async () => {
    const source = startSource(100);
    const upkeep = await startLoneUpkeep(source);
    const stopping = new AbortController();
    source.gate = async () => stopping.abort();
    const result = await upkeep.warmUp.run({ signal: stopping.signal });
    expect(result).toMatchObject({ sellers: 25, total: 100, loaded: 25, complete: false });
    expect(await upkeep.warmUp.run({ signal: AbortSignal.abort() })).toMatchObject({ complete: false });
    expect(await upkeep.warmUp.run()).toMatchObject({ sellers: 100, loaded: 75, complete: true });
  });
});
