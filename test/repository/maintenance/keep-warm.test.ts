import { describe, expect, it } from 'vitest';
import { startLoneMaintenance, TTL_MS } from './maintenance-process.ts';
import { startSource } from './source.ts';

const going = new AbortController().signal;

/** Four sellers, all of them read once, and the readers' again shortly before they go stale. */
async function readBy(readers: readonly number[]) {
  const source = startSource(4);
  const maintenance = await startLoneMaintenance(source);
  for (const id of [1, 2, 3, 4]) await maintenance.readCatalogs(id);
  await maintenance.keepWarm.tick(going);
  maintenance.clock.ms += TTL_MS.catalogs - 20_000 + 1;
  for (const id of readers) await maintenance.readCatalogs(id);
  source.asked.length = 0;
  return { ...maintenance, source };
}

describe('keeping warm', () => {
  it('refreshes the most requested lists shortly before they go stale', async () => {
    const { keepWarm, source, told, readCatalogs, clock } = await readBy([3, 3, 3, 2, 2, 4]);
    await keepWarm.tick(going);
    expect(source.asked).toEqual([[3, 2]]);
    expect(told).toEqual([{ type: 'kept-warm', renewed: 2, failed: 0 }]);
    clock.ms += 30_000;
    expect((await readCatalogs(3)).loaded).toBe(false);
  });

  it('skips lists that stay fresh, and reports nothing', async () => {
    const maintenance = await startLoneMaintenance(startSource(2));
    for (let read = 0; read < 9; read += 1) await maintenance.readCatalogs(1);
    await maintenance.keepWarm.tick(going);
    expect(maintenance.told).toEqual([]);
  });

  it('skips lists last requested minutes ago', async () => {
    const { keepWarm, source } = await readBy([]);
    await keepWarm.tick(going);
    expect(source.asked).toEqual([]);
  });

  it('does not count its own reads: a list without requests goes stale', async () => {
    const { keepWarm, source, clock } = await readBy([3, 3, 3]);
    await keepWarm.tick(going);
    expect(source.asked).toEqual([[3]]);
    for (let tick = 0; tick < 60; tick += 1) {
      clock.ms += 10_000;
      await keepWarm.tick(going);
    }
    expect(source.asked).toEqual([[3]]);
  });

  it('counts failed refreshes; the fresh entry stays', async () => {
    const { keepWarm, source, told, readCatalogs } = await readBy([3, 3]);
    source.failing = () => true;
    await keepWarm.tick(going);
    expect(told).toEqual([{ type: 'kept-warm', renewed: 0, failed: 1 }]);
    expect((await readCatalogs(3)).loaded).toBe(false);
  });

  it('refreshes the list of sellers if it is hot', async () => {
    const source = startSource(2);
    const { keepWarm, cache, keyClasses, clock, told } = await startLoneMaintenance(source);
    const read = () => cache.get(keyClasses.sellers, 'all', () => source.api.sellers());
    await read();
    clock.ms += TTL_MS.sellers - 20_000 + 1;
    await read();
    await read();
    await keepWarm.tick(going);
    expect(source.lists).toBe(2);
    expect(told).toEqual([{ type: 'kept-warm', renewed: 1, failed: 0 }]);
  });

  it('starts no refresh after stop', async () => {
    const { keepWarm, source } = await readBy([3, 3]);
    await keepWarm.tick(AbortSignal.abort());
    expect(source.asked).toEqual([]);
  });
});
