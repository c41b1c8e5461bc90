import { describe, expect, it } from 'vitest';
import {
  countingLoad,
  FRESH_MS,
  getWord,
  heldLoad,
  PAUSE_MS,
  STALE_MS,
  startCacheProcess,
  words,
  wordsClass,
} from '../support/cache-process.ts';

describe('a read of many keys', () => {
  it('loads missing keys in one batch, and returns each id its own value', async () => {
    const { cache } = await startCacheProcess();
    const { load, asked } = countingLoad();
    await cache.getMany(words, [2], load);
    const found = await cache.getMany(words, [3, 2, 1, 3], load);
    expect([...found]).toEqual([
      [3, 'word 3'],
      [2, 'word 2'],
      [1, 'word 1'],
    ]);
    expect(asked).toEqual([[2], [3, 1]]);
  });

  it('returns the error of one id for that id only', async () => {
    const { cache, clock, events } = await startCacheProcess();
    const failure = new Error('no word 2');
    const { load } = countingLoad((id) => (id === 2 ? failure : `word ${id}`));
    const found = await cache.getMany(words, [1, 2], load);
    expect(found.get(1)).toBe('word 1');
    expect(found.get(2)).toBe(failure);
    expect(events).toContainEqual({ type: 'load-failed', keyClass: 'words', count: 1, cause: failure });
    clock.ms += PAUSE_MS;
    const second = countingLoad();
    await cache.getMany(words, [1, 2], second.load);
    expect(second.asked).toEqual([[2]]);
  });

  it('returns a rejected load for every id of the batch', async () => {
    const { cache } = await startCacheProcess();
    const failure = new Error('the source is down');
    const found = await cache.getMany(words, [1, 2], () => Promise.reject(failure));
    expect([...found.values()]).toEqual([failure, failure]);
  });

  it('returns an error for an id that the load omits', async () => {
    const { cache } = await startCacheProcess();
    const found = await cache.getMany(words, [1, 2], async () => new Map([[1, 'word 1']]));
    expect(found.get(1)).toBe('word 1');
    expect(found.get(2)).toEqual(new Error('the load returned no outcome for an id'));
  });

  it('calls no load for no ids', async () => {
    const { cache } = await startCacheProcess();
    const { load, asked } = countingLoad();
    expect((await cache.getMany(words, [], load)).size).toBe(0);
    expect(asked).toEqual([]);
  });
});

describe('a load', () => {
  it('runs once for 100 concurrent misses', async () => {
    const { cache } = await startCacheProcess();
    const { load, asked } = countingLoad();
    const values = await Promise.all(Array.from({ length: 100 }, () => getWord(cache, load)));
    expect(new Set(values)).toEqual(new Set(['word 1']));
    expect(asked).toEqual([[1]]);
  });

  it('is joined by a batch that needs its key among others', async () => {
    const { cache } = await startCacheProcess();
    const held = heldLoad('first');
    const first = cache.getMany(words, [1], held.load);
    const { load, asked } = countingLoad();
    const second = cache.getMany(words, [1, 2], load);
    held.letGo();
    expect((await first).get(1)).toBe('first');
    expect([...(await second).values()]).toEqual(['first', 'word 2']);
    expect(asked).toEqual([[2]]);
  });

  it('that fails is shared by its waiters and by later reads within the pause', async () => {
    const { cache, clock } = await startCacheProcess();
    const failing = countingLoad(() => new Error('no'));
    const ask = () => getWord(cache, failing.load).catch((error: Error) => error.message);
    expect(await Promise.all([ask(), ask(), ask()])).toEqual(['no', 'no', 'no']);
    clock.ms += PAUSE_MS - 1;
    expect(await ask()).toBe('no');
    expect(failing.asked).toHaveLength(1);
    clock.ms += 1;
    expect(await getWord(cache, countingLoad().load)).toBe('word 1');
  });

  it('that exceeds the time limit of its class fails', async () => {
    const { cache } = await startCacheProcess();
    const impatient = wordsClass({ hardTimeoutMs: 5 });
    const answer = cache.get(impatient, 1, () => new Promise(() => {}));
    await expect(answer).rejects.toThrow('a load of words took more than 5 ms');
  });

  it('starts again for a refresh, and is shared by concurrent refreshes', async () => {
    const { cache } = await startCacheProcess();
    await getWord(cache, countingLoad(() => 'old').load);
    const { load, asked } = countingLoad(() => 'new');
    const refresh = () => cache.getMany(words, [1], load, { mode: 'refresh' });
    const [first, second] = await Promise.all([refresh(), refresh()]);
    expect([first.get(1), second.get(1)]).toEqual(['new', 'new']);
    expect(asked).toHaveLength(1);
    expect(await getWord(cache, load)).toBe('new');
  });
});

describe('an entry', () => {
  it('is served fresh, then stale during one refresh, then not at all', async () => {
    const { cache, clock, types } = await startCacheProcess();
    await getWord(cache, countingLoad(() => 'old').load);
    const refresh = countingLoad(() => 'new');

    clock.ms += FRESH_MS - 1;
    expect(await getWord(cache, refresh.load)).toBe('old');
    expect(refresh.asked).toHaveLength(0);

    clock.ms += 1;
    const both = [getWord(cache, refresh.load), getWord(cache, refresh.load)];
    expect(await Promise.all(both)).toEqual(['old', 'old']);
    await cache.idle();
    expect(refresh.asked).toHaveLength(1);
    expect(await getWord(cache, refresh.load)).toBe('new');

    clock.ms += STALE_MS;
    expect(await getWord(cache, countingLoad(() => 'newest').load)).toBe('newest');
    expect(types()).toContain('hit-memory');
  });

  it('has its refresh awaited by a read of mode fresh, and by no other', async () => {
    const { cache, clock } = await startCacheProcess();
    await getWord(cache, countingLoad(() => 'old').load);
    clock.ms += FRESH_MS;
    const held = heldLoad('never');
    expect(await getWord(cache, held.load)).toBe('old');
    held.letGo();
    await cache.idle();
    clock.ms += FRESH_MS;
    expect(await getWord(cache, countingLoad(() => 'new').load, { awaitRefresh: true })).toBe('new');
  });

  it('stays if its refresh fails, until it is dead', async () => {
    const { cache, clock, types } = await startCacheProcess();
    await getWord(cache, countingLoad(() => 'old').load);
    const failing = countingLoad(() => new Error('no'));
    clock.ms += STALE_MS - 1;
    expect(await getWord(cache, failing.load)).toBe('old');
    await cache.idle();
    expect(await getWord(cache, failing.load)).toBe('old');
    expect(types()).toContain('load-failed');
    expect(failing.asked).toHaveLength(1);
    clock.ms += PAUSE_MS;
    await expect(getWord(cache, failing.load)).rejects.toThrow('no');
  });

  it.each([
    [0, 900],
    [0.5, 1000],
    [0.999999, 1100],
  ])('lives within a tenth of its lifetime: with a random of %d for %d ms', async (random, freshMs) => {
    const { cache, clock } = await startCacheProcess({ random: () => random });
    await getWord(cache, countingLoad().load);
    const { load, asked } = countingLoad();
    clock.ms += freshMs - 1;
    await getWord(cache, load);
    await cache.idle();
    expect(asked).toHaveLength(0);
    clock.ms += 1;
    await getWord(cache, load);
    await cache.idle();
    expect(asked).toHaveLength(1);
  });

  it('counts its age from the start of its load', async () => {
    const { cache, clock } = await startCacheProcess();
    await cache.get(words, 1, async () => {
      clock.ms += FRESH_MS;
      return 'slow';
    });
    const { load, asked } = countingLoad();
    expect(await getWord(cache, load)).toBe('slow');
    await cache.idle();
    expect(asked).toHaveLength(1);
  });

  it('with a slow load is refreshed early by a late read', async () => {
    const { cache, clock } = await startCacheProcess({ random: () => 0.5 });
    await cache.get(words, 1, async () => {
      clock.ms += 300;
      return 'slow';
    });
    const { load, asked } = countingLoad();
    // -ln(0.5) of 300 ms is 208 ms: that long before the end, and not earlier.
    clock.ms += FRESH_MS - 300 - 210;
    await getWord(cache, load);
    await cache.idle();
    expect(asked).toHaveLength(0);
    clock.ms += 5;
    expect(await getWord(cache, load)).toBe('slow');
    await cache.idle();
    expect(asked).toHaveLength(1);
  });

  it('for an absent value has a short lifetime, and is never stale', async () => {
    const { cache, clock } = await startCacheProcess();
    const { load, asked } = countingLoad(() => null);
    expect(await getWord(cache, load)).toBeNull();
    clock.ms += 99;
    expect(await getWord(cache, load)).toBeNull();
    expect(asked).toHaveLength(1);
    clock.ms += 1;
    expect(await getWord(cache, countingLoad(() => 'there now').load)).toBe('there now');
  });

  it('over the size limit is served and not stored', async () => {
    const small = wordsClass({ maxBytes: 100 });
    const { cache, types } = await startCacheProcess();
    const long = 'x'.repeat(1000);
    expect(await cache.get(small, 1, async () => long)).toBe(long);
    expect(await cache.peek(small, 1)).toBeUndefined();
    expect(types()).toContain('too-large');
  });
});

describe('an invalidation', () => {
  it('invalidates every entry of the tag, and no other', async () => {
    const { cache } = await startCacheProcess();
    await cache.getMany(words, [1, 2], countingLoad(() => 'old').load);
    await cache.invalidate(['word:1']);
    const { load, asked } = countingLoad(() => 'new');
    expect([...(await cache.getMany(words, [1, 2], load)).values()]).toEqual(['new', 'old']);
    await cache.invalidate(['words']);
    expect([...(await cache.getMany(words, [1, 2], load)).values()]).toEqual(['new', 'new']);
    expect(asked).toEqual([[1], [1, 2]]);
  });

  it('discards a load that began before it', async () => {
    const { cache } = await startCacheProcess();
    const held = heldLoad('old');
    const early = getWord(cache, held.load);
    await held.began;
    await cache.invalidate(['word:1']);
    const late = getWord(cache, countingLoad(() => 'new').load);
    held.letGo();
    expect(await early).toBe('old');
    expect(await late).toBe('new');
    await cache.idle();
    expect(await getWord(cache, countingLoad(() => 'not asked').load)).toBe('new');
  });

  it('reports which tags had entries', async () => {
    const { cache, clock } = await startCacheProcess();
    await getWord(cache, countingLoad().load);
    expect(await cache.invalidate(['word:1', 'word:9'])).toEqual({
      tags: [
        { tag: 'word:1', known: true },
        { tag: 'word:9', known: false },
      ],
      at: clock.ms,
      acknowledgedBy: 'memory',
    });
  });

  it.each(['', 'a b', '{x}'])('rejects the tag %j', async (tag) => {
    const { cache } = await startCacheProcess();
    await expect(cache.invalidate([tag])).rejects.toThrow(JSON.stringify(tag));
  });
});

describe('an inspection', () => {
  it('reports the entry in memory, and whether it is current', async () => {
    const { cache, clock } = await startCacheProcess();
    await getWord(cache, countingLoad().load);
    clock.ms += 400;
    const inspection = await cache.inspect('word_1');
    expect(inspection).toMatchObject({
      key: 'test_v1:{word_1}',
      memory: { state: 'fresh', ageMs: 400, freshForMs: 600, staleForMs: 5600, loadMs: 0 },
      redis: null,
    });
    expect(inspection.memory?.tags).toEqual([
      { tag: 'word:1', current: true },
      { tag: 'words', current: true },
    ]);
    await cache.invalidate(['words']);
    expect((await cache.inspect('test_v1:{word_1}')).memory?.tags[1]).toEqual({
      tag: 'words',
      current: false,
    });
    expect(await cache.inspect('word_2')).toEqual({
      key: 'test_v1:{word_2}',
      memory: null,
      redis: null,
      redisAnswered: true,
    });
  });
});
