import { describe, expect, it } from 'vitest';
import { countingLoad, heldLoad, startCacheProcess, words } from '../support/cache-process.ts';

describe('the memory use of a cache', () => {
  it('is reported in entries and bytes', async () => {
    const { cache } = await startCacheProcess();
    expect(cache.usage()).toMatchObject({ entries: 0, entryBytes: 0 });
    await cache.getMany(words, [1], countingLoad().load);
    const { entries, entryBytes } = cache.usage();
    expect(entries).toBe(1);
    expect(entryBytes).toBeGreaterThan(400);
    await cache.getMany(words, [2], countingLoad(() => 'x'.repeat(1000)).load);
    expect(cache.usage().entries).toBe(2);
    expect(cache.usage().entryBytes).toBeGreaterThan(entryBytes + 4000);
  });

  it('is reported with running loads', async () => {
    const { cache } = await startCacheProcess();
    const held = heldLoad('late');
    const asking = cache.getMany(words, [1, 2], held.load);
    await held.began;
    expect(cache.usage()).toMatchObject({ flights: 2, waiters: 0, loads: 2 });
    held.letGo();
    await asking;
    await cache.idle();
    expect(cache.usage()).toMatchObject({ flights: 0, waiters: 0, loads: 0 });
  });

  it('is reported for derived values by their size', async () => {
    const { cache } = await startCacheProcess();
    const store = cache.derived<string>({
      name: 'sentences',
      codec: { toJson: (value) => value, fromJson: String },
      memoryBytes: 100_000,
      weigh: () => 5000,
      maxBytes: 10_000,
    });
    expect(store.usage()).toEqual({ bytes: 0, items: 0 });
    await cache.getMany(words, [1], countingLoad().load, {
      record: ({ entry }) => void store.keep('say', 'x', [entry]),
    });
    expect(store.usage().items).toBe(1);
    expect(store.usage().bytes).toBeGreaterThan(5000);
    expect(store.usage().bytes).toBeLessThan(6000);
  });
});
