import { describe, expect, it } from 'vitest';
import type { Inspection } from '../../../src/cache/inspector.ts';
import { snapshotOf } from '../../../src/repository/upkeep/snapshot.ts';
import { createSnapshotStore } from '../../../src/repository/upkeep/snapshot-store.ts';
import { startCacheProcess } from '../../support/cache-process.ts';
import { seller } from './source.ts';

const snapshot = (name: string) => new Map([[1, snapshotOf(seller(1, { name }), [])]]);

/** A store over a cache of one process, whose Redis says something else. */
async function startStore(said: Partial<Inspection>) {
  const { cache } = await startCacheProcess();
  const inspect = async (key: string) => ({ ...(await cache.inspect(key)), ...said });
  return createSnapshotStore({ ...cache, inspect });
}

const held = (current: boolean) => ({
  ...{ state: 'fresh' as const, ageMs: 0, freshForMs: 1, staleForMs: 1, loadMs: 0, bytes: 1 },
  tags: [{ tag: 'poll-snapshot', current }],
});

describe('the snapshot of the last poll', () => {
  it('is none before the first', async () => {
    expect(await (await startStore({})).read()).toBeNull();
  });

  it('is the one that was put in the place of the one before', async () => {
    const store = await startStore({});
    await store.replace(snapshot('A'));
    await store.replace(snapshot('B'));
    await store.prolong(snapshot('B'));
    expect(await store.read()).toEqual(snapshot('B'));
  });

  it('is not read where Redis did not say whether it is the last', async () => {
    const store = await startStore({ redisAnswered: false });
    await expect(store.read()).rejects.toMatchObject({ name: 'SnapshotNotRead' });
    await store.replace(snapshot('A'));
    await expect(store.read()).rejects.toMatchObject({ name: 'SnapshotNotRead' });
  });

  it('is not read where memory has one that is over', async () => {
    const store = await startStore({ memory: held(false) });
    await store.replace(snapshot('A'));
    await expect(store.read()).rejects.toMatchObject({ name: 'SnapshotNotRead' });
  });

  it('is not taken for none where Redis has one that did not come', async () => {
    const store = await startStore({ redis: held(true) });
    await expect(store.read()).rejects.toMatchObject({ name: 'SnapshotNotRead' });
  });

  it('is none where Redis has one that is over', async () => {
    expect(await (await startStore({ redis: held(false) })).read()).toBeNull();
  });
});
