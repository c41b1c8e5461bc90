import { describe, expect, it } from 'vitest';
import { createPopularity } from '../../src/cache/engine/popularity.ts';
import { createRandom } from '../simulation/random.ts';
import { countingLoad, getWord, STALE_MS, startCacheProcess, words } from '../support/cache-process.ts';

const MINUTE = 60_000;

function startPopularity() {
  const clock = { ms: 0 };
  return { clock, popularity: createPopularity({ clock: { monotonic: () => clock.ms } }) };
}

/** Ranks from 0, of which the n-th comes 1/n as often as the first. */
function zipf(count: number, seed: number): () => number {
  const random = createRandom(seed);
  const sums: number[] = [];
  for (let rank = 1; rank <= count; rank += 1) sums.push((sums.at(-1) ?? 0) + 1 / rank);
  return () => {
    const at = random.next() * (sums.at(-1) as number);
    return sums.findIndex((sum) => at < sum);
  };
}

describe('the popularity of tags', () => {
  it('is exact for few tags', () => {
    const { popularity } = startPopularity();
    popularity.note(['sellers', 'seller:1']);
    popularity.note(['sellers', 'seller:2']);
    popularity.note(['sellers', 'seller:2']);
    expect(popularity.top(2)).toEqual([
      { tag: 'sellers', reads: 3 },
      { tag: 'seller:2', reads: 2 },
    ]);
    popularity.note(['seller:2']);
    expect(popularity.top(10, (tag) => tag.startsWith('seller:'))).toEqual([
      { tag: 'seller:2', reads: 3 },
      { tag: 'seller:1', reads: 1 },
    ]);
  });

  it('is empty without reads', () => {
    expect(startPopularity().popularity.top(10)).toEqual([]);
  });

  it('halves every minute, and ends at zero', () => {
    const { clock, popularity } = startPopularity();
    for (let time = 0; time < 8; time += 1) popularity.note(['old']);
    popularity.top(1);
    clock.ms += MINUTE;
    expect(popularity.top(1)).toEqual([{ tag: 'old', reads: 4 }]);
    clock.ms += 2 * MINUTE;
    popularity.note(['new']);
    popularity.note(['new']);
    expect(popularity.top(2)).toEqual([
      { tag: 'new', reads: 2 },
      { tag: 'old', reads: 1 },
    ]);
    clock.ms += 10 * MINUTE;
    expect(popularity.top(2)).toEqual([]);
  });

  it('ranks many tags, with approximate counts', () => {
    const { popularity } = startPopularity();
    const draw = zipf(1000, 1);
    const counts = new Map<string, number>();
    for (let read = 1; read <= 100_000; read += 1) {
      const tag = `seller:${draw()}`;
      counts.set(tag, (counts.get(tag) ?? 0) + 1);
      popularity.note([tag]);
      if (read % 10_000 === 0) popularity.top(0);
    }
    const top = popularity.top(20);
    expect(top.slice(0, 4).map(({ tag }) => tag)).toEqual(['seller:0', 'seller:1', 'seller:2', 'seller:3']);
    const hottest = Array.from({ length: 10 }, (_, rank) => `seller:${rank}`);
    expect(top.map(({ tag }) => tag)).toEqual(expect.arrayContaining(hottest));
    for (const { tag, reads } of top.slice(0, 4))
      expect(Math.abs(reads / (counts.get(tag) as number) - 1)).toBeLessThan(0.2);
  });

  it('uses bounded memory, and keeps the most read tags', () => {
    const { popularity } = startPopularity();
    for (let time = 0; time < 5; time += 1) popularity.note(['often']);
    for (let tag = 0; tag < 20_000; tag += 1) {
      popularity.note([`once:${tag}`]);
      if (tag % 1000 === 0) popularity.top(0);
    }
    const all = popularity.top(Number.POSITIVE_INFINITY);
    expect(all).toHaveLength(10_000);
    expect(all[0]?.tag).toBe('often');
  });
});

describe('the hottest tags of a cache', () => {
  it('include entries served from memory and from loads', async () => {
    const { cache } = await startCacheProcess();
    const load = async (id: number) => `word ${id}`;
    for (const id of [1, 2, 2]) await cache.get(words, id, load);
    await cache.getMany(words, [2, 3], countingLoad().load);
    expect(cache.hottest(2)).toEqual([
      { tag: 'words', reads: 5 },
      { tag: 'word:2', reads: 3 },
    ]);
    expect(cache.hottest(1, (tag) => tag.startsWith('word:'))).toEqual([{ tag: 'word:2', reads: 3 }]);
  });

  it('include the entries of derived values at each read', async () => {
    const { cache } = await startCacheProcess();
    const store = cache.derived<string>({
      name: 'sentences',
      codec: { toJson: (value) => value, fromJson: String },
      memoryBytes: 100_000,
      weigh: (value) => value.length,
      maxBytes: 10_000,
    });
    await getWord(cache, countingLoad().load, {
      record: ({ entry }) => void store.keep('say', 'x', [entry]),
    });
    expect(cache.hottest(1, (tag) => tag === 'word:1')).toEqual([{ tag: 'word:1', reads: 1 }]);
    const held = store.peek('say');
    const found = await store.find('say', cache.newBudget());
    expect(cache.hottest(1, (tag) => tag === 'word:1')).toEqual([{ tag: 'word:1', reads: 1 }]);
    for (const derived of [held, found?.derived]) if (derived) store.noteHit(derived, 'memory');
    expect(cache.hottest(1, (tag) => tag === 'word:1')).toEqual([{ tag: 'word:1', reads: 3 }]);
  });

  it('exclude background reads and missing entries', async () => {
    const { cache, clock } = await startCacheProcess();
    const load = async (id: number) => `word ${id}`;
    await cache.get(words, 1, load, { freshForMs: 100 });
    await cache.get(words, 1, load, { freshForMs: 100 });
    clock.ms += STALE_MS;
    await cache.get(words, 1, () => Promise.reject(new Error('no'))).catch(() => {});
    expect(cache.hottest(1)).toEqual([]);
  });
});
