import { describe, expect, it } from 'vitest';
import {
  countingLoad,
  FRESH_MS,
  getWord,
  heldLoad,
  STALE_MS,
  startCacheProcess,
  words,
  wordsClass,
} from '../support/cache-process.ts';
import { useCacheProcesses } from '../support/cache-processes.ts';

const HOUR_MS = 60 * 60_000;

describe('setting the wall clock', () => {
  it.each([-HOUR_MS, HOUR_MS])('by %i ms does not change lifetimes in memory', async (byMs) => {
    const { cache, clock, wall } = await startCacheProcess();
    await getWord(cache, countingLoad(() => 'old').load);
    wall.offsetMs += byMs;
    const only = { mode: 'cache-only' } as const;
    clock.ms += FRESH_MS - 1;
    expect(await cache.peek(words, 1)).toBe('old');
    clock.ms += 1;
    expect(await cache.peek(words, 1)).toBeUndefined();
    clock.ms += STALE_MS - FRESH_MS - 1;
    expect(await getWord(cache, countingLoad().load, only)).toBe('old');
    clock.ms += 1;
    expect(await getWord(cache, countingLoad(() => 'new').load)).toBe('new');
  });

  it.each([-HOUR_MS, HOUR_MS])(
    'by %i ms does not change ages for a read with a maximum age',
    async (byMs) => {
      const { cache, clock, wall } = await startCacheProcess();
      await getWord(cache, countingLoad(() => 'old').load);
      clock.ms += 300;
      wall.offsetMs += byMs;
      expect(await getWord(cache, countingLoad(() => 'new').load, { maxAgeMs: 300 })).toBe('old');
      clock.ms += 1;
      expect(await getWord(cache, countingLoad(() => 'new').load, { maxAgeMs: 300 })).toBe('new');
    },
  );

  it('during a load does not shorten the lifetime of its entry', async () => {
    const { cache, clock, wall } = await startCacheProcess();
    const held = heldLoad('slow');
    const loading = getWord(cache, held.load);
    await held.began;
    wall.offsetMs -= HOUR_MS;
    held.letGo();
    await loading;
    clock.ms += FRESH_MS;
    expect(await cache.peek(words, 1)).toBeUndefined();
  });

  it('back does not change the age of a derived value', async () => {
    const { cache, clock, wall } = await startCacheProcess();
    const store = cache.derived<string>({
      ...{ name: 'saying', memoryBytes: 10_000, maxBytes: 1000, weigh: (text) => text.length },
      codec: { toJson: (text) => text, fromJson: String },
    });
    const entries: Parameters<typeof store.keep>[2][number][] = [];
    await getWord(cache, countingLoad().load, { record: ({ entry }) => void entries.push(entry) });
    store.keep('say', 'word', entries, { until: clock.ms + 2000 });
    wall.offsetMs -= HOUR_MS;
    clock.ms += 1999;
    expect(store.peek('say')).toBeDefined();
    clock.ms += 1;
    expect(store.peek('say')).toBeUndefined();
  });

  it('past the end of a derived value ends it', async () => {
    const { cache, clock, wall } = await startCacheProcess();
    const store = cache.derived<string>({
      ...{ name: 'saying', memoryBytes: 10_000, maxBytes: 1000, weigh: (text) => text.length },
      codec: { toJson: (text) => text, fromJson: String },
    });
    const entries: Parameters<typeof store.keep>[2][number][] = [];
    await getWord(cache, countingLoad().load, { record: ({ entry }) => void entries.push(entry) });
    store.keep('say', 'word', entries, { until: clock.ms + 2000 });
    wall.offsetMs += 2000;
    expect(store.peek('say')).toBeUndefined();
  });
});

describe('two processes with different clocks', () => {
  const processes = useCacheProcesses();

  /** The first loads, and its clock is ahead of the second's. */
  async function startApart(aheadMs: number) {
    const clock = { ms: 1_000_000_000 };
    const [first, second] = [await processes.start({ clock }), await processes.start({ clock })];
    first.wall.offsetMs = aheadMs;
    await getWord(first.cache, countingLoad(() => 'old').load);
    return { clock, first, second, ...countingLoad(() => 'new') };
  }

  it('share an entry of the fast clock, for at most its lifetime from its first sight', async () => {
    const { clock, second, load, asked } = await startApart(HOUR_MS);
    expect(await getWord(second.cache, load)).toBe('old');
    clock.ms += FRESH_MS - 1;
    expect(await second.cache.peek(words, 1)).toBe('old');
    clock.ms += 1;
    expect(await second.cache.peek(words, 1)).toBeUndefined();
    expect(asked).toHaveLength(0);
  });

  it('do not treat an entry from the future as new', async () => {
    const { clock, second, load, asked } = await startApart(HOUR_MS);
    clock.ms += 400;
    expect(await getWord(second.cache, load, { maxAgeMs: 300, awaitRefresh: true })).toBe('new');
    expect(asked).toHaveLength(1);
  });

  it('do not treat an entry seen in the future as new later', async () => {
    const { clock, second, load } = await startApart(400);
    expect(await getWord(second.cache, load)).toBe('old');
    clock.ms += 500;
    // By the clocks it is 100 ms old, and it was seen 500 ms ago.
    expect(await getWord(second.cache, load, { maxAgeMs: 300, awaitRefresh: true })).toBe('new');
  });

  it('do not accept an entry from Redis that memory knows to be stale', async () => {
    const { clock, first, load } = await startApart(0);
    clock.ms += FRESH_MS;
    first.wall.offsetMs -= FRESH_MS;
    expect(await getWord(first.cache, load, { maxAgeMs: 500 })).toBe('new');
  });
});

describe('a process with shorter lifetimes than the loading one', () => {
  const processes = useCacheProcesses();

  it('applies its own lifetimes from its start', async () => {
    const clock = { ms: 1_000_000_000 };
    const [first, second] = [await processes.start({ clock }), await processes.start({ clock })];
    const shorter = wordsClass({ freshMs: 100, staleMs: 300, absent: { freshMs: 10, staleMs: 10 } });
    await first.cache.getMany(words, [1, 2], countingLoad((id) => (id === 2 ? null : 'old')).load);
    const { load, asked } = countingLoad((id) => (id === 2 ? null : 'new'));
    expect(await second.cache.get(shorter, 1, async () => 'new')).toBe('old');
    clock.ms += 50;
    expect((await second.cache.getMany(shorter, [1, 2], load)).get(1)).toBe('old');
    expect(asked).toEqual([[2]]);
    clock.ms += 250;
    expect((await second.cache.getMany(shorter, [1], load)).get(1)).toBe('new');
  });

  it('applies its own ceiling with adaptive lifetimes', async () => {
    const clock = { ms: 1_000_000_000 };
    const [first, second] = [await processes.start({ clock }), await processes.start({ clock })];
    const bounds = { floorMs: 10, ceilingMs: 100 };
    const adaptive = wordsClass({ freshMs: 50, staleMs: 80, adaptive: bounds });
    await first.cache.get(words, 1, async () => 'old');
    expect(await second.cache.get(adaptive, 1, async () => 'new')).toBe('old');
    clock.ms += 110;
    expect(await second.cache.peek(adaptive, 1)).toBeUndefined();
    clock.ms += 20;
    expect(await second.cache.get(adaptive, 1, async () => 'new')).toBe('new');
  });
});
