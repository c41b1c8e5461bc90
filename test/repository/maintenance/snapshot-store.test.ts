import { describe, expect, it } from 'vitest';
import type { LockHandle } from '../../../src/cache/engine/exclusive.ts';
import { snapshotOf } from '../../../src/repository/maintenance/snapshot.ts';
import { createSnapshotStore, POLL_JOB } from '../../../src/repository/maintenance/snapshot-store.ts';
import { type CacheProcess, startCacheProcess } from '../../support/cache-process.ts';
import { useCacheProcesses } from '../../support/cache-processes.ts';
import { noRedis } from '../../support/redis.ts';
import { seller } from './source.ts';

const KEY = 'test_v1:{turn_poll}';

const snapshot = (name: string) => new Map([[1, snapshotOf(seller(1, { name }), [])]]);

/** Works under the lock of the poll, as a poll does. */
async function underLock({ cache }: CacheProcess, work: (lock: LockHandle) => Promise<void>) {
  expect(await cache.runExclusive(POLL_JOB, { everyMs: 0 }, work)).toBe('ran');
}

describe('the snapshot of the last poll in a single process', () => {
  it('is null before the first poll', async () => {
    const store = createSnapshotStore((await startCacheProcess()).keyValue);
    expect(await store.read()).toBeNull();
    expect(await store.exists()).toBe(false);
  });

  it('is the one that replaced the previous', async () => {
    const process = await startCacheProcess();
    const store = createSnapshotStore(process.keyValue);
    await underLock(process, async (lock) => {
      await store.replace(snapshot('A'), lock);
      await store.replace(snapshot('B'), lock);
    });
    expect(await store.read()).toEqual(snapshot('B'));
    expect(await store.exists()).toBe(true);
  });

  it('is not counted as a requested read, and invalidates nothing', async () => {
    const process = await startCacheProcess();
    const store = createSnapshotStore(process.keyValue);
    await underLock(process, (lock) => store.replace(snapshot('A'), lock));
    for (let read = 0; read < 2; read += 1) expect(await store.read()).not.toBeNull();
    expect(process.cache.hottest(10)).toEqual([]);
    expect(process.events).toEqual([]);
  });

  it('is rejected if too large', async () => {
    const store = createSnapshotStore((await startCacheProcess()).keyValue);
    const catalogs = (size: number) => new Map([[1, { digest: 1n, catalogs: { size } as never }]]);
    store.checkSize(catalogs(4_000_000));
    expect(() => store.checkSize(catalogs(5_000_000))).toThrow('the packed snapshot has ');
  });
});

describe.skipIf(noRedis)('the snapshot of the last poll in Redis', () => {
  const processes = useCacheProcesses();
  const { start } = processes;

  it('is an error if Redis does not answer', async () => {
    const process = await start();
    const store = createSnapshotStore(process.keyValue);
    await underLock(process, (lock) => store.replace(snapshot('A'), lock));
    processes.redis.freeze();
    try {
      await expect(store.read()).rejects.toMatchObject({ name: 'SnapshotNotRead' });
      expect(await store.exists()).toBe(false);
    } finally {
      processes.redis.thaw();
    }
  });

  it.each([
    ['a foreign value', () => processes.plain.set(KEY, 'something else')],
    ['a value of another type', () => processes.plain.lpush(KEY, 'a', 'b')],
    [
      'no snapshot',
      async () => {
        const { cache, keyValue } = await start();
        const values = keyValue({ name: 'others', maxBytes: 1000 });
        await cache.runExclusive(POLL_JOB, { everyMs: 0 }, (lock) => values.setLocked(lock, 'AAAA', 60_000));
      },
    ],
  ])('is null if the stored value is %s', async (_, store) => {
    await store();
    const { keyValue } = await start();
    expect(await createSnapshotStore(keyValue).read()).toBeNull();
  });

  it.each(['replace', 'prolong'] as const)(
    'is not overwritten by a late %s of a process that lost the lock, whenever it comes',
    async (operation) => {
      const [late, current] = [await start(), await start()];
      const lateStore = createSnapshotStore(late.keyValue);
      const store = createSnapshotStore(current.keyValue);
      const lost = Promise.withResolvers<LockHandle>();
      const { promise, resolve } = Promise.withResolvers<void>();
      const running = late.cache.runExclusive(POLL_JOB, { everyMs: 0 }, (lock) => {
        lost.resolve(lock);
        return promise;
      });
      const lock = await lost.promise;
      await lateStore.replace(snapshot('A'), lock);
      // As if the process had stood still for longer than its lease.
      await processes.plain.del(`${KEY}:lease`);
      const storing = () => lateStore[operation](snapshot('late'), lock).catch((cause: Error) => cause.name);
      const expected = operation === 'replace' ? 'LockLost' : undefined;
      expect(await storing()).toBe(expected);
      expect(await store.read()).toEqual(snapshot('A'));
      await underLock(current, async (held) => {
        expect(await storing()).toBe(expected);
        await store.replace(snapshot('B'), held);
        expect(await storing()).toBe(expected);
      });
      expect(await storing()).toBe(expected);
      expect(await store.read()).toEqual(snapshot('B'));
      resolve();
      await running;
    },
  );

  it('is stored again by an unchanged poll only if it is missing', async () => {
    const process = await start();
    const store = createSnapshotStore(process.keyValue);
    await underLock(process, async (lock) => {
      await store.replace(snapshot('A'), lock);
      await processes.plain.pexpire(KEY, 60_000);
      await store.prolong(snapshot('B'), lock);
      expect(await processes.plain.pttl(KEY)).toBeGreaterThan(60_000);
      expect(await store.read()).toEqual(snapshot('A'));
      await processes.plain.del(KEY);
      await store.prolong(snapshot('B'), lock);
    });
    expect(await store.read()).toEqual(snapshot('B'));
  });
});
