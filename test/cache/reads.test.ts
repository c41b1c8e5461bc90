import { describe, expect, it } from 'vitest';
import { NotCached } from '../../src/cache/engine/read-options.ts';
import {
  countingLoad,
  FRESH_MS,
  getWord,
  STALE_MS,
  startCacheProcess,
  words,
} from '../support/cache-process.ts';
import { useCacheProcesses } from '../support/cache-processes.ts';
import { noRedis } from '../support/redis.ts';

describe('a cache-only read', () => {
  it('returns fresh or stale entries from memory, and starts no load or refresh', async () => {
    const { cache, clock, types } = await startCacheProcess();
    const { load, asked } = countingLoad();
    await getWord(cache, load);
    for (const ageMs of [0, FRESH_MS, STALE_MS - FRESH_MS - 1]) {
      clock.ms += ageMs;
      expect(await getWord(cache, load, { mode: 'cache-only' })).toBe('word 1');
    }
    await cache.idle();
    expect(asked).toHaveLength(1);
    expect(types()).not.toContain('stale');
  });

  it('returns an error for each id that is not cached', async () => {
    const { cache } = await startCacheProcess();
    const { load, asked } = countingLoad();
    await getWord(cache, load);
    const found = await cache.getMany(words, [1, 2], load, { mode: 'cache-only' });
    expect(found.get(1)).toBe('word 1');
    expect(found.get(2)).toBeInstanceOf(NotCached);
    expect(asked).toHaveLength(1);
  });
});

describe('a cache key', () => {
  it.each(['', 'a b', 'a{b}', 'x'.repeat(513)])('of %j is rejected', async (key) => {
    const { cache } = await startCacheProcess();
    const unusable = { ...words, key: () => key };
    await expect(cache.get(unusable, 1, async () => 'x')).rejects.toThrow(
      `Key class "words": key ${JSON.stringify(key.slice(0, 60))} must be`,
    );
  });

  it('is the same entry for all ids that map to it', async () => {
    const { cache } = await startCacheProcess();
    const byId = { ...words, key: ({ id }: { id: number }) => `word_${id}`, tags: () => ['words'] };
    const ids = [{ id: 1 }, { id: 1 }] as const;
    const asked: unknown[] = [];
    const found = await cache.getMany(byId, ids, async (missing) => {
      asked.push(...missing);
      return new Map(missing.map((id) => [id, `word ${id.id}`]));
    });
    expect(ids.map((id) => found.get(id))).toEqual(['word 1', 'word 1']);
    expect(asked).toEqual([ids[0]]);
  });
});

describe('a read with a minimum remaining freshness', () => {
  const ahead = { freshForMs: 300 };

  it('reloads entries that would expire sooner, and only those', async () => {
    const { cache, clock } = await startCacheProcess();
    await getWord(cache, countingLoad(() => 'old').load);
    clock.ms += FRESH_MS - 300;
    const { load, asked } = countingLoad(() => 'new');
    expect(await getWord(cache, load, ahead)).toBe('old');
    clock.ms += 1;
    const found = await cache.getMany(words, [1, 2], load, ahead);
    expect([...found.values()]).toEqual(['new', 'new']);
    expect(asked.flat().sort()).toEqual([1, 2]);
    expect(await getWord(cache, load, ahead)).toBe('new');
    expect(asked.flat()).toHaveLength(2);
  });

  it('does the same for a single id, and does not affect other reads', async () => {
    const { cache, clock } = await startCacheProcess();
    await cache.get(words, 1, async () => 'old');
    clock.ms += FRESH_MS - 299;
    expect(await cache.get(words, 1, async () => 'not asked')).toBe('old');
    expect(await cache.peek(words, 1, ahead)).toBeUndefined();
    expect(await cache.get(words, 1, async () => 'new', ahead)).toBe('new');
    expect(await cache.peek(words, 1, ahead)).toBe('new');
  });

  it('returns the current entry if the load fails', async () => {
    const { cache, clock } = await startCacheProcess();
    await getWord(cache, countingLoad(() => 'old').load);
    clock.ms += FRESH_MS - 299;
    const { load, asked } = countingLoad(() => new Error('no such luck'));
    expect(await getWord(cache, load, ahead)).toBe('old');
    expect(asked).toHaveLength(1);
  });
});

describe.skipIf(noRedis)('a read with a minimum remaining freshness in two processes', () => {
  const { start } = useCacheProcesses();

  it('loads once: the second process accepts the refreshed entry', async () => {
    const clock = { ms: 1_000_000 };
    const [first, second] = await Promise.all([start({ clock }), start({ clock })]);
    await getWord(first.cache, countingLoad(() => 'old').load);
    await first.cache.idle();
    const { load, asked } = countingLoad(() => 'new');
    expect(await getWord(second.cache, load)).toBe('old');
    clock.ms += FRESH_MS - 299;
    expect(await getWord(first.cache, load, { freshForMs: 300 })).toBe('new');
    await first.cache.idle();
    expect(await getWord(second.cache, load, { freshForMs: 300 })).toBe('new');
    expect(asked).toHaveLength(1);
  });
});
