import { describe, expect, it } from 'vitest';
import { snapshotOf } from '../../../src/repository/maintenance/snapshot.ts';
import { createSnapshotStore, POLL_JOB } from '../../../src/repository/maintenance/snapshot-store.ts';
import { countingLoad, getWord, words } from '../../support/cache-process.ts';
import { useCacheProcesses } from '../../support/cache-processes.ts';
import { noRedis } from '../../support/redis.ts';
import { seller } from './source.ts';

const snapshot = (name: string) => new Map([[1, snapshotOf(seller(1, { name }), [])]]);

describe.skipIf(noRedis)('two entry formats of one source', () => {
  const processes = useCacheProcesses();
  const startTwo = async () => [
    await processes.start({ keyPrefix: 'test_v1.a:' }),
    await processes.start({ keyPrefix: 'test_v1.b:' }),
  ];

  it('share no entry, and are invalidated together', async () => {
    const both = await startTwo();
    const { load, asked } = countingLoad();
    const readAll = async () => {
      for (const { cache } of both) await getWord(cache, load);
    };
    await readAll();
    await readAll();
    expect(asked).toHaveLength(2);
    await both[0]?.cache.invalidate(words.tags(1));
    // The other has no message, and asks when what it knows is too old to be trusted.
    for (const { clock } of both) clock.ms += 1000;
    await readAll();
    expect(asked).toHaveLength(4);
  });

  it('keep one poll snapshot each', async () => {
    const both = await startTwo();
    const stores = both.map(({ keyValue }) => createSnapshotStore(keyValue));
    for (const [index, { cache }] of both.entries())
      await cache.runExclusive(POLL_JOB, { everyMs: 60_000 }, async (lock) =>
        stores[index]?.replace(snapshot(`form ${index}`), lock),
      );
    for (const [index, store] of stores.entries())
      expect(await store.read()).toEqual(snapshot(`form ${index}`));
  });
});
