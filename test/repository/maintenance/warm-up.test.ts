import { describe, expect, it } from 'vitest';
import type { WarmUpProgress } from '../../../src/repository/maintenance/progress.ts';
import { startCacheProcess } from '../../support/cache-process.ts';
import { heldSleep } from './held-sleep.ts';
import { startLoneMaintenance, startMaintenance, TTL_MS } from './maintenance-process.ts';
import { startSource } from './source.ts';

describe('a warm-up', () => {
  it('loads the list of sellers and the catalogs of each seller once', async () => {
    const source = startSource(60);
    const maintenance = await startLoneMaintenance(source);
    const result = await maintenance.warmUp.run();
    expect(result).toMatchObject({ sellers: 60, total: 60, loaded: 60, failed: 0, complete: true });
    expect(source.lists).toBe(1);
    expect(source.asked.flat().sort((a, b) => a - b)).toEqual(source.sellers.map(({ id }) => id));
    expect((await maintenance.readCatalogs(60)).loaded).toBe(false);
    expect(maintenance.told.at(-1)).toMatchObject({
      type: 'warm-up-ended',
      sellers: 60,
      total: 60,
      loaded: 60,
    });
  });

  it('skips fresh lists, and loads stale ones before it ends', async () => {
    const source = startSource(60);
    const maintenance = await startLoneMaintenance(source);
    await maintenance.warmUp.run();
    expect(await maintenance.warmUp.run()).toMatchObject({ sellers: 60, loaded: 0, complete: true });
    maintenance.clock.ms += 1.2 * TTL_MS.catalogs;
    expect(await maintenance.warmUp.run()).toMatchObject({ sellers: 60, loaded: 60, complete: true });
    expect(source.lists).toBe(1);
  });

  it('does not delay a request that joins its load, and waits for the pages afterwards', async () => {
    const source = startSource(26);
    source.pages = 3;
    const { sleep, waits, wakeAll } = heldSleep();
    const at = { ms: 0 };
    const time = { clock: { monotonic: () => at.ms }, sleep };
    const maintenance = startMaintenance(await startCacheProcess(), source, 0, time);
    const warming = maintenance.warmUp.run();
    await expect.poll(waits).toEqual([3]);
    expect([source.lists, source.asked]).toEqual([1, []]);
    const loading = Promise.withResolvers<void>();
    source.gate = () => loading.promise;
    at.ms += 3;
    wakeAll();
    await expect.poll(() => source.asked.length).toBe(1);
    const joined = maintenance.readCatalogs(1);
    loading.resolve();
    expect(await joined).toMatchObject({ list: [{ id: 11 }, { id: 12 }], loaded: false });
    await expect.poll(() => waits().length).toBe(1);
    expect(source.asked).toHaveLength(1);
    at.ms += 3;
    wakeAll();
    expect(await warming).toMatchObject({ loaded: 26, complete: true });
  });

  it('does not raise the popularity of any list', async () => {
    const maintenance = await startLoneMaintenance(startSource(5));
    await maintenance.warmUp.run();
    expect(maintenance.cache.hottest(10)).toEqual([]);
  });

  it('starts at a random batch and wraps around', async () => {
    const source = startSource(100);
    const maintenance = await startLoneMaintenance(source);
    await maintenance.warmUp.run();
    expect(source.asked.map(([first]) => first)).toEqual([51, 76, 1, 26]);
  });

  it('continues after a failed batch, and is incomplete', async () => {
    const source = startSource(75);
    const maintenance = await startLoneMaintenance(source);
    source.failing = (id) => id === 30;
    const result = await maintenance.warmUp.run();
    expect(result).toMatchObject({ sellers: 50, total: 75, loaded: 50, failed: 25, complete: false });
    expect(maintenance.toldOf('warm-up-ended')).toHaveLength(1);
  });

  it('counts a stale list as failed if its load fails', async () => {
    const source = startSource(2);
    const maintenance = await startLoneMaintenance(source);
    await maintenance.warmUp.run();
    maintenance.clock.ms += 1.2 * TTL_MS.catalogs;
    source.failing = () => true;
    expect(await maintenance.warmUp.run()).toMatchObject({
      sellers: 0,
      loaded: 0,
      failed: 2,
      complete: false,
    });
  });

  it('stops after five failures in a row, and reports the cause', async () => {
    const source = startSource(500);
    const maintenance = await startLoneMaintenance(source);
    source.failing = () => true;
    expect((await maintenance.warmUp.run()).complete).toBe(false);
    // Those that were under way when the fifth failed have ended too.
    expect(source.asked.length).toBeLessThan(5 + 4);
    expect(maintenance.toldOf('warm-up-failed')).toMatchObject([{ cause: { message: 'down' } }]);
    expect(maintenance.toldOf('warm-up-ended')).toEqual([]);
  });

  it('does not stop for failures with successes in between', async () => {
    const source = startSource(500);
    const maintenance = await startLoneMaintenance(source);
    source.failing = (id) => Math.ceil(id / 25) % 5 !== 0;
    expect(await maintenance.warmUp.run()).toMatchObject({ sellers: 100, failed: 400 });
  });

  it('fails if the list of sellers is stale and cannot be refreshed, and still warms its sellers', async () => {
    const source = startSource(5);
    const maintenance = await startLoneMaintenance(source);
    await maintenance.warmUp.run();
    maintenance.clock.ms += 1.2 * TTL_MS.sellers;
    source.api.sellers = async () => {
      throw new Error('down');
    };
    expect(await maintenance.warmUp.run()).toMatchObject({
      sellers: 5,
      total: 5,
      loaded: 5,
      complete: false,
    });
    expect(maintenance.told.at(-1)).toMatchObject({ type: 'warm-up-failed', cause: { message: 'down' } });
  });

  it('fails without a list of sellers', async () => {
    const source = startSource(5);
    source.api.sellers = async () => {
      throw new Error('down');
    };
    const maintenance = await startLoneMaintenance(source);
    expect(await maintenance.warmUp.run()).toMatchObject({ sellers: 0, total: 0, complete: false });
    expect(maintenance.told).toMatchObject([{ type: 'warm-up-failed', cause: { message: 'down' } }]);
  });

  it('completes without sellers', async () => {
    const maintenance = await startLoneMaintenance(startSource(0));
    expect(await maintenance.warmUp.run()).toMatchObject({ total: 0, complete: true });
  });

  it('runs once per process: later callers join it and receive its progress', async () => {
    const source = startSource(100);
    const maintenance = await startLoneMaintenance(source);
    const [early, late]: WarmUpProgress[][] = [[], []];
    const first = maintenance.warmUp.run({ onProgress: (progress) => early?.push(progress) });
    const second = maintenance.warmUp.run({ onProgress: (progress) => late?.push(progress) });
    expect(await first).toEqual(await second);
    expect(source.asked).toHaveLength(4);
    expect(early?.map(({ sellers }) => sellers)).toEqual([25, 50, 75, 100]);
    expect(late).toEqual(early);
    await maintenance.warmUp.run();
    expect(early).toHaveLength(4);
  });

  it('reports progress in steps of at least a twentieth', async () => {
    const maintenance = await startLoneMaintenance(startSource(2500));
    await maintenance.warmUp.run();
    expect(maintenance.toldOf('warm-up-progress')).toHaveLength(20);
  });

  it('stops early on abort, and keeps what it loaded', async () => {
    const source = startSource(100);
    const maintenance = await startLoneMaintenance(source);
    const stopping = new AbortController();
    source.gate = async () => stopping.abort();
    const result = await maintenance.warmUp.run({ signal: stopping.signal });
    expect(result).toMatchObject({ sellers: 25, total: 100, loaded: 25, complete: false });
    expect(await maintenance.warmUp.run({ signal: AbortSignal.abort() })).toMatchObject({ complete: false });
    expect(await maintenance.warmUp.run()).toMatchObject({ sellers: 100, loaded: 75, complete: true });
  });
});
