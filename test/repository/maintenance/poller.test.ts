import { describe, expect, it } from 'vitest';
import type { Cache } from '../../../src/cache/engine/cache.ts';
import { InvalidationNotAcknowledged } from '../../../src/cache/engine/invalidator.ts';
import { startCacheProcess } from '../../support/cache-process.ts';
import { POLL_MS, startLoneMaintenance, startMaintenance } from './maintenance-process.ts';
import { catalog, type Source, seller, startSource } from './source.ts';

/** One that has polled its source once, and whose lists are warm. */
async function polled(source: Source) {
  const maintenance = await startLoneMaintenance(source);
  await maintenance.poll();
  for (const { id } of source.sellers) await maintenance.readCatalogs(id);
  maintenance.invalidated();
  return maintenance;
}

/** One whose invalidations are refused when the test says so. */
async function startRefused(source: Source) {
  const lone = await startCacheProcess();
  const refusing = { on: false };
  const invalidate: Cache['invalidate'] = async (tags, by) => {
    if (refusing.on) throw new InvalidationNotAcknowledged('refused');
    return lone.cache.invalidate(tags, by);
  };
  return {
    maintenance: startMaintenance({ ...lone, cache: { ...lone.cache, invalidate } }, source),
    refusing,
  };
}

const catalogsOf = ({ catalogs }: Source, id: number) => catalogs.get(id) ?? [];

describe('a poll', () => {
  it.each<[string, (source: Source) => void, string[], number[]]>([
    [
      'was added',
      (source) => catalogsOf(source, 2).push(catalog(99)),
      ['catalog:99', 'catalogs:seller:2'],
      [2],
    ],
    [
      'was renamed',
      (source) => catalogsOf(source, 2).splice(0, 1, catalog(21, { title: 'Renamed' })),
      ['catalog:21', 'catalogs:seller:2'],
      [2],
    ],
    [
      'moved',
      (source) => catalogsOf(source, 3).push(...catalogsOf(source, 2).splice(0, 1)),
      ['catalog:21', 'catalogs:seller:2', 'catalogs:seller:3'],
      [2, 3],
    ],
    ['was removed', (source) => catalogsOf(source, 2).splice(1, 1), ['catalog:22', 'catalogs:seller:2'], [2]],
  ])(
    'invalidates every entry that shows a catalog that %s, and no other',
    async (_, change, tags, misses) => {
      const source = startSource(4);
      const maintenance = await polled(source);
      change(source);
      await maintenance.poll();
      expect(maintenance.invalidated()).toEqual(tags);
      for (const { id } of source.sellers) {
        const { list, loaded } = await maintenance.readCatalogs(id);
        expect([id, loaded]).toEqual([id, misses.includes(id)]);
        expect(list).toEqual(catalogsOf(source, id));
      }
    },
  );

  it('without changes invalidates nothing', async () => {
    const maintenance = await polled(startSource(30));
    await maintenance.poll();
    expect(maintenance.invalidated()).toEqual([]);
    expect(maintenance.toldOf('polled').at(-1)).toMatchObject({
      sellers: 30,
      catalogs: 60,
      changes: 0,
      tags: 0,
      baseline: false,
    });
  });

  it('without a snapshot invalidates everything', async () => {
    const source = startSource(3);
    const maintenance = await startLoneMaintenance(source);
    await maintenance.readCatalogs(1);
    await maintenance.poll();
    expect(maintenance.invalidated()).toEqual(['catalogs', 'sellers']);
    expect((await maintenance.readCatalogs(1)).loaded).toBe(true);
    expect(maintenance.toldOf('polled')).toMatchObject([{ baseline: true, changes: 0, tags: 2 }]);
  });

  it('without a snapshot invalidates after reading the source, so no older entry survives', async () => {
    const source = startSource(1);
    const maintenance = await startLoneMaintenance(source);
    source.gate = async () => {
      // While the poll is reading, an answer loads what changes right after.
      source.gate = () => undefined;
      await maintenance.readCatalogs(1);
      catalogsOf(source, 1).push(catalog(99));
    };
    await maintenance.poll();
    expect((await maintenance.readCatalogs(1)).list).toHaveLength(3);
  });

  it('that fails in part invalidates nothing; the next poll finds the changes', async () => {
    const source = startSource(60);
    const maintenance = await polled(source);
    source.sellers.splice(0, 1);
    source.failing = (id) => id === 60;
    await maintenance.poll();
    expect(maintenance.invalidated()).toEqual([]);
    expect(maintenance.toldOf('poll-failed')).toMatchObject([{ cause: { message: 'down' } }]);
    source.failing = () => false;
    await maintenance.poll();
    expect(maintenance.invalidated()).toEqual([
      'catalog:11',
      'catalog:12',
      'catalogs:seller:1',
      'seller:1',
      'sellers',
    ]);
  });

  it('keeps unreadable catalogs of a seller as they were, and invalidates them once readable', async () => {
    const source = startSource(3);
    const maintenance = await polled(source);
    source.unreadable = (id) => id === 2;
    catalogsOf(source, 2).splice(0, 1);
    catalogsOf(source, 3).splice(0, 1);
    await maintenance.poll();
    expect(maintenance.toldOf('poll-failed')).toEqual([]);
    expect(maintenance.invalidated()).toEqual(['catalog:31', 'catalogs:seller:3']);
    source.unreadable = () => false;
    await maintenance.poll();
    expect(maintenance.invalidated()).toEqual(['catalog:21', 'catalogs:seller:2']);
  });

  it('keeps the snapshot if its invalidation is not acknowledged; the next poll finds the same changes', async () => {
    const source = startSource(2);
    const { maintenance, refusing } = await startRefused(source);
    await maintenance.poll();
    maintenance.invalidated();
    catalogsOf(source, 1).splice(0, 1);
    refusing.on = true;
    await maintenance.poll();
    expect(maintenance.toldOf('poll-failed')).toMatchObject([
      { cause: { code: 'INVALIDATION_NOT_ACKNOWLEDGED', cause: { message: 'refused' } } },
    ]);
    refusing.on = false;
    await maintenance.poll();
    expect(maintenance.invalidated()).toEqual(['catalog:11', 'catalogs:seller:1']);
  });

  it('retries unacknowledged invalidations even if the change was reverted', async () => {
    const source = startSource(2);
    const { maintenance, refusing } = await startRefused(source);
    await maintenance.poll();
    const [before] = catalogsOf(source, 1).splice(0, 1, catalog(11, { title: 'Renamed' }));
    await maintenance.readCatalogs(1);
    maintenance.invalidated();
    refusing.on = true;
    await maintenance.poll();
    refusing.on = false;
    catalogsOf(source, 1).splice(0, 1, before ?? catalog(11));
    await maintenance.poll();
    expect(maintenance.invalidated()).toEqual(['catalog:11', 'catalogs:seller:1']);
    expect((await maintenance.readCatalogs(1)).list).toEqual(catalogsOf(source, 1));
    expect(maintenance.toldOf('polled').at(-1)).toMatchObject({ changes: 0, tags: 0 });
    await maintenance.poll();
    expect(maintenance.invalidated()).toEqual([]);
  });

  it('reports removed sellers like any other change', async () => {
    const source = startSource(2);
    const maintenance = await polled(source);
    source.sellers = [];
    await maintenance.poll();
    expect(maintenance.invalidated()).toContain('sellers');
    source.sellers = [seller(1), seller(2)];
    await maintenance.poll();
    expect(maintenance.invalidated()).toContain('catalogs:seller:2');
  });

  it('compares with the last poll that found a change', async () => {
    const source = startSource(1);
    const maintenance = await polled(source);
    const [before] = catalogsOf(source, 1).splice(0, 1, catalog(11, { title: 'Renamed' }));
    await maintenance.poll();
    maintenance.invalidated();
    catalogsOf(source, 1).splice(0, 1, before ?? catalog(11));
    await maintenance.poll();
    expect(maintenance.invalidated()).toEqual(['catalog:11', 'catalogs:seller:1']);
  });

  it('does not run before its interval, also after a failure', async () => {
    const source = startSource(1);
    const maintenance = await startLoneMaintenance(source);
    source.failing = () => true;
    await maintenance.poll();
    await maintenance.poller.poll(new AbortController().signal);
    expect(source.lists).toBe(1);
  });

  it('that is stopped reports no failure, changes nothing and releases its lock', async () => {
    const source = startSource(60);
    const maintenance = await polled(source);
    source.sellers.splice(0, 1);
    const stopping = new AbortController();
    source.gate = async () => stopping.abort();
    maintenance.clock.ms += POLL_MS;
    await maintenance.poller.poll(stopping.signal);
    source.gate = () => undefined;
    expect(maintenance.toldOf('poll-failed')).toEqual([]);
    expect(maintenance.invalidated()).toEqual([]);
    await maintenance.poller.poll(new AbortController().signal);
    expect(maintenance.invalidated()).toContain('seller:1');
  });
});
