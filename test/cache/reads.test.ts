import { describe, expect, it } from 'vitest';
import { NotCached } from '../../src/cache/read-options.ts';
import {
  countingLoad,
  FRESH_MS,
  getWord,
  STALE_MS,
  startCacheProcess,
  words,
} from '../support/cache-process.ts';

describe('a read of what is cached only', () => {
  it('gives what memory holds, fresh or stale, and loads and renews nothing', async () => {
    const { cache, clock, types } = await startCacheProcess();
    const { load, asked } = countingLoad();
    await getWord(cache, load);
    for (const ageMs of [0, FRESH_MS, STALE_MS - FRESH_MS - 1]) {
      clock.ms += ageMs;
      expect(await getWord(cache, load, { freshness: 'cached-only' })).toBe('word 1');
    }
    await cache.idle();
    expect(asked).toHaveLength(1);
    expect(types()).not.toContain('stale');
  });

  it('tells of each id that is not cached, beside those that are', async () => {
    const { cache } = await startCacheProcess();
    const { load, asked } = countingLoad();
    await getWord(cache, load);
    const found = await cache.getMany(words, [1, 2], load, { freshness: 'cached-only' });
    expect(found.get(1)).toBe('word 1');
    expect(found.get(2)).toBeInstanceOf(NotCached);
    expect(asked).toHaveLength(1);
  });
});

describe('a key', () => {
  it.each(['', 'a b', 'a{b}', 'x'.repeat(513)])('of %j is refused', async (key) => {
    const { cache } = await startCacheProcess();
    const unusable = { ...words, key: () => key };
    await expect(cache.get(unusable, 1, async () => 'x')).rejects.toThrow(
      `Key class "words": its key ${JSON.stringify(key.slice(0, 60))} must be`,
    );
  });

  it('is one thing, whatever the ids that have it', async () => {
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
