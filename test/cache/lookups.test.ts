import { describe, expect, it } from 'vitest';
import type { CacheEvent } from '../../src/cache/events.ts';
import {
  type CacheProcess,
  countingLoad,
  FRESH_MS,
  getWord,
  heldLoad,
  STALE_MS,
  startCacheProcess,
  TRUST_MS,
  words,
  wordsClass,
} from '../support/cache-process.ts';
import { useCacheProcesses } from '../support/cache-processes.ts';
import { noRedis } from '../support/redis.ts';

const COUNTED: readonly CacheEvent['type'][] = [
  'hit-memory',
  'hit-redis',
  'miss',
  'coalesced',
  'stale',
  'fill',
];

/** What the process has told since it was asked last: how many of each type. */
function createTold({ events }: CacheProcess) {
  let seen = 0;
  return () => {
    const counts: Record<string, number> = {};
    for (const event of events.slice(seen)) {
      if (!COUNTED.includes(event.type)) continue;
      counts[event.type] = (counts[event.type] ?? 0) + ('count' in event ? event.count : 1);
    }
    seen = events.length;
    return counts;
  };
}

async function startTold() {
  const process = await startCacheProcess();
  return { ...process, told: createTold(process) };
}

describe('a lookup counts once, by its result', () => {
  it('as a miss or a hit', async () => {
    const { cache, told } = await startTold();
    const { load } = countingLoad();
    await cache.getMany(words, [1, 2], load);
    expect(told()).toEqual({ miss: 2, fill: 2 });
    await cache.getMany(words, [1, 2, 3], load);
    expect(told()).toEqual({ 'hit-memory': 2, miss: 1, fill: 1 });
    await cache.get(words, 1, async () => 'not asked');
    expect(told()).toEqual({ 'hit-memory': 1 });
  });

  it('as a miss if it demands a new load or a younger entry', async () => {
    const { cache, clock, told } = await startTold();
    const { load } = countingLoad();
    await cache.getMany(words, [1], load);
    told();
    await cache.getMany(words, [1], load, { mode: 'refresh' });
    expect(told()).toEqual({ miss: 1, fill: 1 });
    clock.ms += 500;
    await cache.getMany(words, [1, 2], load, { maxAgeMs: 100 });
    expect(told()).toEqual({ miss: 2, fill: 2 });
    await cache.getMany(words, [1, 2], load, { maxAgeMs: 100 });
    expect(told()).toEqual({ 'hit-memory': 2 });
  });

  it('as a hit if the load of a newer value failed and the entry is served', async () => {
    const { cache, clock, told } = await startTold();
    await getWord(cache, countingLoad().load);
    clock.ms += 500;
    told();
    const { load } = countingLoad(() => new Error('no'));
    expect(await getWord(cache, load, { maxAgeMs: 100 })).toBe('word 1');
    expect(told()).toEqual({ 'hit-memory': 1 });
  });

  it('as a miss even if its load fails or has just failed', async () => {
    const { cache, told } = await startTold();
    const { load } = countingLoad(() => new Error('no'));
    for (let time = 0; time < 2; time += 1) {
      await getWord(cache, load).catch(() => {});
      expect(told()).toEqual({ miss: 1 });
    }
  });

  it.each(['default', 'refresh'] as const)('as coalesced if it joins a load: %s', async (mode) => {
    const { cache, told } = await startTold();
    const { load, began, letGo } = heldLoad('word');
    const first = getWord(cache, load, { mode });
    await began;
    const others = [1, 2, 3].map(() => getWord(cache, load, { mode }));
    letGo();
    await Promise.all([first, ...others]);
    expect(told()).toEqual({ miss: 1, coalesced: 3, fill: 1 });
  });

  it('as a miss for a cache-only read without an entry', async () => {
    const { cache, told } = await startTold();
    await cache.getMany(words, [1], countingLoad().load, { mode: 'cache-only' });
    expect(told()).toEqual({ miss: 1 });
  });

  it('not at all for a peek without an entry', async () => {
    const { cache, clock, told } = await startTold();
    expect(await cache.peek(words, 1)).toBeUndefined();
    await getWord(cache, countingLoad().load);
    told();
    expect(await cache.peek(words, 1)).toBe('word 1');
    expect(told()).toEqual({ 'hit-memory': 1 });
    clock.ms += FRESH_MS;
    expect(await cache.peek(words, 1)).toBeUndefined();
    expect(told()).toEqual({});
  });

  it('not at all for background work', async () => {
    const { cache, clock, told } = await startTold();
    const { load } = countingLoad();
    await cache.get(words, 1, async () => 'word', { freshForMs: 100 });
    await cache.get(words, 1, async () => 'word', { freshForMs: 100 });
    await cache.getMany(words, [1, 2], load, { freshForMs: 100 });
    expect(told()).toEqual({ fill: 2 });
    clock.ms += FRESH_MS + 1;
    await cache.getMany(words, [1, 2], load, { awaitRefresh: true, background: true });
    expect(told()).toEqual({ fill: 2 });
    expect(cache.hottest(1)).toEqual([]);
  });
});

describe('a stale read', () => {
  it('counts entries served at once, for each reader, and no join of the refresh', async () => {
    const { cache, clock, told } = await startTold();
    await getWord(cache, countingLoad().load);
    clock.ms += FRESH_MS + 1;
    told();
    const { load, letGo } = heldLoad('new');
    await Promise.all([1, 2, 3].map(() => getWord(cache, load)));
    expect(told()).toEqual({ 'hit-memory': 3, stale: 3 });
    letGo();
    await cache.idle();
    expect(told()).toEqual({ fill: 1 });
  });

  it('does not count entries replaced before they were served', async () => {
    const { cache, clock, told } = await startTold();
    await getWord(cache, countingLoad().load);
    clock.ms += FRESH_MS + 1;
    told();
    expect(await getWord(cache, countingLoad(() => 'new').load, { awaitRefresh: true })).toBe('new');
    expect(told()).toEqual({ miss: 1, fill: 1 });
  });

  it('counts an entry served because its refresh failed, with its age at that time', async () => {
    const { cache, clock, events } = await startTold();
    await getWord(cache, countingLoad().load);
    clock.ms += FRESH_MS + 10;
    await cache.getMany(
      words,
      [1],
      async () => {
        clock.ms += 30;
        throw new Error('no');
      },
      { awaitRefresh: true },
    );
    expect(events.filter(({ type }) => type === 'stale')).toEqual([
      { type: 'stale', keyClass: 'words', count: 1, oldestMs: 40 },
    ]);
  });

  it('does not count background reads, even if the refresh fails', async () => {
    const { cache, clock, told } = await startTold();
    await getWord(cache, countingLoad().load);
    clock.ms += FRESH_MS + 10;
    told();
    const { load } = countingLoad(() => new Error('no'));
    await cache.getMany(words, [1], load, { awaitRefresh: true, background: true });
    expect(told()).toEqual({});
  });
});

describe('a fill', () => {
  it('counts each stored entry, but no entry that is too large or invalidated during its load', async () => {
    const { cache, told } = await startTold();
    const { load, began, letGo } = heldLoad('word');
    const overtaken = getWord(cache, load);
    await began;
    await cache.invalidate(['word:1']);
    letGo();
    await overtaken;
    await cache.getMany(wordsClass({ maxBytes: 1 }), [2], countingLoad().load);
    expect(told()).toEqual({ miss: 2 });
  });
});

describe.skipIf(noRedis)('a lookup with Redis', () => {
  const processes = useCacheProcesses();

  async function startTwo() {
    const clock = { ms: 1_000_000 };
    const [first, second] = await Promise.all([processes.start({ clock }), processes.start({ clock })]);
    return { clock, first, second, told: [createTold(first), createTold(second)] as const };
  }

  it('counts where it ended, and each load once', async () => {
    const { clock, first, second, told } = await startTwo();
    const { load } = countingLoad();
    await first.cache.getMany(words, [1, 2], load);
    await first.cache.idle();
    expect(told[0]()).toEqual({ miss: 2, fill: 2 });
    await second.cache.getMany(words, [1, 2, 3], load);
    expect(told[1]()).toEqual({ 'hit-redis': 2, miss: 1, fill: 1 });
    await second.cache.idle();
    // What memory holds is asked about, and still good.
    clock.ms += TRUST_MS - 1;
    await second.cache.getMany(words, [1], load);
    expect(told[1]()).toEqual({ 'hit-memory': 1 });
    clock.ms += STALE_MS;
    await second.cache.getMany(words, [1], load);
    expect(told[1]()).toEqual({ miss: 1, fill: 1 });
  });

  it('counts as a Redis hit if another process has already refreshed the entry', async () => {
    const { clock, first, second, told } = await startTwo();
    await getWord(first.cache, countingLoad(() => 'old').load);
    await first.cache.idle();
    await getWord(second.cache, countingLoad().load);
    clock.ms += FRESH_MS + 1;
    const { load } = countingLoad(() => 'new');
    await getWord(first.cache, load, { awaitRefresh: true });
    await first.cache.idle();
    told[1]();
    expect(await getWord(second.cache, load, { awaitRefresh: true })).toBe('new');
    expect(told[1]()).toEqual({ 'hit-redis': 1 });
  });

  it('counts fills while Redis rejects writes', async () => {
    const { first, told } = await startTwo();
    await processes.plain.config('SET', 'min-replicas-to-write', '1');
    await getWord(first.cache, countingLoad().load);
    await first.cache.idle();
    await processes.plain.config('SET', 'min-replicas-to-write', '0');
    expect(told[0]()).toEqual({ miss: 1, fill: 1 });
  });
});
