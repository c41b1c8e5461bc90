import { describe, expect, it, vi } from 'vitest';
import type { Inspection } from '../../../src/cache/engine/inspector.ts';
import { snapshotOf } from '../../../src/repository/maintenance/snapshot.ts';
import { createSnapshotStore } from '../../../src/repository/maintenance/snapshot-store.ts';
import { startCacheProcess } from '../../support/cache-process.ts';
import { seller } from './source.ts';

/** A turn that nobody takes from its process. */
const turn = { confirm: async () => {} };

const snapshot = (name: string) => new Map([[1, snapshotOf(seller(1, { name }), [])]]);

/** A store over a cache of one process, whose Redis says something else. */
async function startStore(said: Partial<Inspection>) {
  const { cache } = await startCacheProcess();
  const inspect = async (key: string) => ({ ...(await cache.inspect(key)), ...said });
  return createSnapshotStore({ ...cache, inspect });
}

const DAY_MS = 24 * 60 * 60_000;

const held = (current: boolean) => ({
  ...{ state: 'fresh' as const, ageMs: 0, freshForMs: 1, staleForMs: 1, loadMs: 0, bytes: 1 },
  tags: [{ tag: 'poll-snapshot', current }],
});

describe('the snapshot of the last poll', () => {
  it('is null before the first poll', async () => {
    expect(await (await startStore({})).read()).toBeNull();
  });

  it('is the one that replaced the previous', async () => {
    const store = await startStore({});
    await store.replace(snapshot('A'), turn);
    await store.replace(snapshot('B'), turn);
    expect(await store.read()).toMatchObject({ snapshot: snapshot('B') });
  });

  it('is invalidated with an internal source only', async () => {
    const { cache, events } = await startCacheProcess();
    await createSnapshotStore(cache).replace(snapshot('A'), turn);
    expect(events).toContainEqual(expect.objectContaining({ type: 'invalidated', source: 'upkeep' }));
  });

  it('is not counted as a requested read', async () => {
    const { cache, events } = await startCacheProcess();
    const store = createSnapshotStore(cache);
    await store.replace(snapshot('A'), turn);
    for (let read = 0; read < 2; read += 1) expect(await store.read()).not.toBeNull();
    expect(cache.hottest(10)).toEqual([]);
    expect(events.filter(({ type }) => type.startsWith('hit-'))).toEqual([]);
  });

  it('is an error if Redis did not confirm that it is the last', async () => {
    const store = await startStore({ redisAnswered: false });
    await expect(store.read()).rejects.toMatchObject({ name: 'SnapshotNotRead' });
    await store.replace(snapshot('A'), turn);
    await expect(store.read()).rejects.toMatchObject({ name: 'SnapshotNotRead' });
  });

  it('is an error if the snapshot in memory is outdated', async () => {
    const store = await startStore({ memory: held(false) });
    await store.replace(snapshot('A'), turn);
    await expect(store.read()).rejects.toMatchObject({ name: 'SnapshotNotRead' });
  });

  it('is an error if Redis has one that was not delivered', async () => {
    const store = await startStore({ redis: held(true) });
    await expect(store.read()).rejects.toMatchObject({ name: 'SnapshotNotRead' });
  });

  it('is null if the snapshot in Redis is invalidated', async () => {
    expect(await (await startStore({ redis: held(false) })).read()).toBeNull();
  });

  it('is null if the stored value is not a snapshot', async () => {
    const { cache } = await startCacheProcess();
    const unreadable = { ...cache, peek: async () => 'AAAA' as never };
    expect(await createSnapshotStore(unreadable).read()).toBeNull();
  });

  it.each(['replace', 'prolong'] as const)(
    'is not stored by %s after the lock is lost',
    async (operation) => {
      const { cache } = await startCacheProcess();
      const store = createSnapshotStore(cache);
      await store.replace(snapshot('A'), turn);
      const stored: unknown[] = [];
      const watched = createSnapshotStore({ ...cache, set: async (...given) => void stored.push(given) });
      const lost = { confirm: () => Promise.reject(new Error('lost')) };
      const storing =
        operation === 'replace'
          ? watched.replace(snapshot('B'), lost)
          : watched.prolong({ snapshot: snapshot('A'), endsSoon: true }, lost);
      await expect(storing).rejects.toThrow('lost');
      expect(stored).toEqual([]);
    },
  );

  it.each(['replace', 'prolong'] as const)(
    'is not overwritten by a late %s after another process stored one',
    async (operation) => {
      const { cache } = await startCacheProcess();
      const store = createSnapshotStore(cache);
      await store.replace(snapshot('A'), turn);
      // The other comes as soon as it can without the turn being found lost.
      const comes = vi.fn(async () => {});
      if (operation === 'replace') comes.mockResolvedValueOnce();
      comes.mockImplementationOnce(() => store.replace(snapshot('C'), turn));
      const late = { confirm: comes };
      if (operation === 'replace') await store.replace(snapshot('B'), late);
      else await store.prolong({ snapshot: snapshot('A'), endsSoon: true }, late);
      expect((await store.read())?.snapshot ?? null).toEqual(snapshot('C'));
    },
  );

  it('is rejected if too large; the previous one stays', async () => {
    const store = await startStore({});
    await store.replace(snapshot('A'), turn);
    const catalogs = (size: number) => new Map([[1, { digest: 1n, catalogs: { size } as never }]]);
    store.checkSize(catalogs(4_000_000));
    expect(() => store.checkSize(catalogs(5_000_000))).toThrow('the packed snapshot has ');
  });

  it.each([
    ['lasts for days', { ...held(true), freshForMs: 4 * DAY_MS }, false],
    ['expires soon', { ...held(true), freshForMs: 3 * DAY_MS }, true],
    ['is invalidated', held(false), true],
    ['is missing', null, true],
  ])('is stored again only if needed: the one in Redis %s', async (_, redis, again) => {
    const { cache } = await startCacheProcess();
    const stored: unknown[] = [];
    const store = createSnapshotStore({
      ...cache,
      inspect: async (key) => ({ ...(await cache.inspect(key)), redis }),
      set: async (...given) => {
        stored.push(given);
        await cache.set(...given);
      },
    });
    await store.replace(snapshot('A'), turn);
    const last = await store.read();
    if (last) await store.prolong(last, turn);
    expect(last).toMatchObject({ snapshot: snapshot('A'), endsSoon: again });
    expect(stored).toHaveLength(again ? 2 : 1);
  });
});
