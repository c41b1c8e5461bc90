import { describe, expect, it } from 'vitest';
import { type Cache, createCache, type Load } from '../../src/cache/cache.ts';
import { decodeEntry } from '../../src/cache/codec.ts';
import type { CacheEvent } from '../../src/cache/events.ts';
import type { KeyClass } from '../../src/cache/key-class.ts';
import { createMemoryStore } from '../../src/cache/memory-store.ts';
import type { Store } from '../../src/cache/store.ts';

const FRESH_MS = 1000;
const STALE_MS = 5000;

const words: KeyClass<number, string | null> = {
  name: 'words',
  key: (id) => `{word_${id}}`,
  ttl: { freshMs: FRESH_MS, staleMs: STALE_MS },
  absentTtl: { freshMs: 100, staleMs: 0 },
  codec: { toJson: (value) => value, fromJson: (json) => json as string | null },
};

/** A shared store in the test's hands: it keeps bytes, and can be made to fail or to wait. */
function createSharedStore() {
  const bytes = new Map<string, Buffer>();
  const state = { fails: false, reads: 0, held: undefined as Promise<void> | undefined };
  const store: Store = {
    async read(keys, codec) {
      state.reads += 1;
      const found = keys.map((key) => bytes.get(key));
      await state.held;
      if (state.fails) throw new Error('the store is down');
      return found.map((each) => (each ? (decodeEntry(each, codec) ?? 'invalid') : 'absent'));
    },
    async write(fills) {
      if (state.fails) throw new Error('the store is down');
      for (const { key, encoded } of fills) bytes.set(key, encoded);
    },
  };
  return { store, bytes, state };
}

function setUp(options: { shared?: Store; random?: () => number; clock?: { ms: number } } = {}) {
  const clock = options.clock ?? { ms: 1_000_000 };
  const events: CacheEvent[] = [];
  const cache = createCache({
    keyPrefix: 'test_v1:',
    memory: createMemoryStore(1024 * 1024),
    shared: options.shared ?? null,
    clock: { now: () => clock.ms },
    random: options.random ?? (() => 0.5),
    report: (event) => events.push(event),
  });
  const types = () => events.map(({ type }) => type);
  return { cache, clock, events, types };
}

/** A load that answers when the test says so, and counts how often it was asked, and for what. */
function createLoad(answer: (id: number) => string | null | Error = (id) => `word ${id}`) {
  const asked: (readonly number[])[] = [];
  const load: Load<number, string | null> = async (ids) => {
    asked.push(ids);
    return new Map(ids.map((id) => [id, answer(id)]));
  };
  return { load, asked };
}

function deferred() {
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { gate, open };
}

const getOne = (cache: Cache, load: Load<number, string | null>) =>
  cache.get(words, 1, async () => (await load([1])).get(1) as string | null);

describe('a read of many keys', () => {
  it('loads what is missing in one batch, and gives every id its own value', async () => {
    const { cache } = setUp();
    const { load, asked } = createLoad();
    await cache.getMany(words, [2], load);
    const found = await cache.getMany(words, [3, 2, 1, 3], load);
    expect([...found]).toEqual([
      [3, 'word 3'],
      [2, 'word 2'],
      [1, 'word 1'],
    ]);
    expect(asked).toEqual([[2], [3, 1]]);
  });

  it('gives the error of one id to that id alone, and keeps the others', async () => {
    const { cache, events } = setUp();
    const failure = new Error('no word 2');
    const { load } = createLoad((id) => (id === 2 ? failure : `word ${id}`));
    const found = await cache.getMany(words, [1, 2], load);
    expect(found.get(1)).toBe('word 1');
    expect(found.get(2)).toBe(failure);
    expect(events).toContainEqual({ type: 'load-failed', keyClass: 'words', count: 1, cause: failure });
    const second = createLoad();
    await cache.getMany(words, [1, 2], second.load);
    expect(second.asked).toEqual([[2]]);
  });

  it('gives a rejected load to every id of the batch', async () => {
    const { cache } = setUp();
    const failure = new Error('the source is down');
    const found = await cache.getMany(words, [1, 2], () => Promise.reject(failure));
    expect([...found.values()]).toEqual([failure, failure]);
  });

  it('says so when a load leaves an id out', async () => {
    const { cache } = setUp();
    const found = await cache.getMany(words, [1, 2], async () => new Map([[1, 'word 1']]));
    expect(found.get(1)).toBe('word 1');
    expect(found.get(2)).toEqual(new Error('the load left an id out'));
  });

  it('loads nothing for no ids', async () => {
    const { cache } = setUp();
    const { load, asked } = createLoad();
    expect((await cache.getMany(words, [], load)).size).toBe(0);
    expect(asked).toEqual([]);
  });
});

describe('a load', () => {
  it('is one for 100 callers who miss at the same time', async () => {
    const { store } = createSharedStore();
    const { cache } = setUp({ shared: store });
    const { load, asked } = createLoad();
    const values = await Promise.all(Array.from({ length: 100 }, () => getOne(cache, load)));
    expect(new Set(values)).toEqual(new Set(['word 1']));
    expect(asked).toEqual([[1]]);
  });

  it('is joined by a batch that needs it among others', async () => {
    const { cache } = setUp();
    const { gate, open } = deferred();
    const first = cache.getMany(words, [1], async () => {
      await gate;
      return new Map([[1, 'first']]);
    });
    const { load, asked } = createLoad();
    const second = cache.getMany(words, [1, 2], load);
    open();
    expect((await first).get(1)).toBe('first');
    expect([...(await second).values()]).toEqual(['first', 'word 2']);
    expect(asked).toEqual([[2]]);
  });

  it('that fails fails for all who wait, is tried once, and is tried again by the next', async () => {
    const { cache } = setUp();
    const failing = createLoad(() => new Error('no'));
    const waiting = [1, 2, 3].map(() => getOne(cache, failing.load).catch((error: Error) => error.message));
    expect(await Promise.all(waiting)).toEqual(['no', 'no', 'no']);
    expect(failing.asked).toHaveLength(1);
    expect(await getOne(cache, createLoad().load)).toBe('word 1');
  });
});

describe('an entry', () => {
  it('is served fresh, then stale behind one refresh, then not at all', async () => {
    const { cache, clock, types } = setUp();
    await getOne(cache, createLoad(() => 'old').load);
    const refresh = createLoad(() => 'new');

    clock.ms += FRESH_MS - 1;
    expect(await getOne(cache, refresh.load)).toBe('old');
    expect(refresh.asked).toHaveLength(0);

    clock.ms += 1;
    expect(await Promise.all([getOne(cache, refresh.load), getOne(cache, refresh.load)])).toEqual([
      'old',
      'old',
    ]);
    await cache.idle();
    expect(refresh.asked).toHaveLength(1);
    expect(await getOne(cache, refresh.load)).toBe('new');

    clock.ms += FRESH_MS + STALE_MS;
    expect(await getOne(cache, createLoad(() => 'newest').load)).toBe('newest');
    expect(types()).toContain('stale');
  });

  it('stays when its refresh fails, until it is dead', async () => {
    const { cache, clock, types } = setUp();
    await getOne(cache, createLoad(() => 'old').load);
    const failing = createLoad(() => new Error('no'));
    clock.ms += FRESH_MS + STALE_MS - 1;
    expect(await getOne(cache, failing.load)).toBe('old');
    await cache.idle();
    expect(await getOne(cache, failing.load)).toBe('old');
    expect(types()).toContain('load-failed');
    await cache.idle();
    clock.ms += 1;
    await expect(getOne(cache, failing.load)).rejects.toThrow('no');
  });

  it('lives as long as the class says give or take a tenth', async () => {
    for (const [random, freshMs] of [
      [0, 900],
      [0.5, 1000],
      [1, 1100],
    ] as const) {
      const { cache, clock } = setUp({ random: () => random });
      await getOne(cache, createLoad().load);
      const { load, asked } = createLoad();
      clock.ms += freshMs - 1;
      await getOne(cache, load);
      expect(asked).toHaveLength(0);
      clock.ms += 1;
      await getOne(cache, load);
      await cache.idle();
      expect(asked).toHaveLength(1);
    }
  });

  it('counts its age from when its load began', async () => {
    const { cache, clock } = setUp();
    await cache.get(words, 1, async () => {
      clock.ms += FRESH_MS;
      return 'slow';
    });
    const { load, asked } = createLoad();
    expect(await getOne(cache, load)).toBe('slow');
    await cache.idle();
    expect(asked).toHaveLength(1);
  });

  it('of an absence is short, and never stale', async () => {
    const { cache, clock } = setUp();
    const { load, asked } = createLoad(() => null);
    expect(await getOne(cache, load)).toBeNull();
    clock.ms += 99;
    expect(await getOne(cache, load)).toBeNull();
    expect(asked).toHaveLength(1);
    clock.ms += 1;
    expect(await getOne(cache, createLoad(() => 'there now').load)).toBe('there now');
  });
});

describe('the shared store', () => {
  it('warms a process that has nothing in memory', async () => {
    const { store } = createSharedStore();
    const first = setUp({ shared: store });
    await first.cache.getMany(words, [1, 2], createLoad().load);
    await first.cache.idle();
    const second = setUp({ shared: store });
    const { load, asked } = createLoad();
    expect([...(await second.cache.getMany(words, [1, 2], load)).values()]).toEqual(['word 1', 'word 2']);
    expect(asked).toEqual([]);
  });

  it('is asked once for all keys, and not at all for what memory holds', async () => {
    const { store, state } = createSharedStore();
    const { cache } = setUp({ shared: store });
    await cache.getMany(words, [1, 2, 3], createLoad().load);
    await cache.getMany(words, [1, 2, 3], createLoad().load);
    expect(state.reads).toBe(1);
  });

  it('that holds a stale entry serves it behind one refresh', async () => {
    const { store } = createSharedStore();
    const clock = { ms: 1_000_000 };
    const first = setUp({ shared: store, clock });
    await getOne(first.cache, createLoad(() => 'old').load);
    await first.cache.idle();
    clock.ms += FRESH_MS;
    const second = setUp({ shared: store, clock });
    const refresh = createLoad(() => 'new');
    expect(await getOne(second.cache, refresh.load)).toBe('old');
    await second.cache.idle();
    expect(await getOne(second.cache, refresh.load)).toBe('new');
    expect(refresh.asked).toHaveLength(1);
  });

  it('that fails is reported, and the answer comes all the same', async () => {
    const { store, state } = createSharedStore();
    state.fails = true;
    const { cache, types } = setUp({ shared: store });
    expect(await getOne(cache, createLoad().load)).toBe('word 1');
    await cache.idle();
    expect(types().filter((type) => type === 'store-failed')).toHaveLength(2);
    expect(await getOne(cache, createLoad(() => 'not asked').load)).toBe('word 1');
  });

  it('that holds a bad value has a miss, which is counted and replaced', async () => {
    const { store, bytes } = createSharedStore();
    bytes.set('test_v1:{word_1}', Buffer.from('{"not":"ours"}'));
    const { cache, events } = setUp({ shared: store });
    expect(await getOne(cache, createLoad().load)).toBe('word 1');
    await cache.idle();
    expect(events).toContainEqual({ type: 'invalid-value', keyClass: 'words', count: 1 });
    expect(bytes.get('test_v1:{word_1}')?.toString()).toContain('word 1');
  });

  it('that is slow does not bring back what a refresh has replaced meanwhile', async () => {
    const { store, state } = createSharedStore();
    const clock = { ms: 1_000_000 };
    const other = setUp({ shared: store, clock });
    await getOne(other.cache, createLoad(() => 'old').load);
    await other.cache.idle();

    // This process reads 'old' from the store, slowly; before that arrives it loads 'new' by itself.
    const { cache } = setUp({ shared: store, clock });
    const { gate, open } = deferred();
    state.held = gate;
    const peeked = cache.peek(words, 1);
    state.held = undefined;
    clock.ms += FRESH_MS;
    await getOne(cache, createLoad(() => 'new').load);
    await cache.idle();
    open();
    await peeked;
    expect(await cache.peek(words, 1)).toBe('new');
  });
});

describe('a peek', () => {
  it('finds what either tier holds, fresh or stale, and never loads', async () => {
    const { store } = createSharedStore();
    const clock = { ms: 1_000_000 };
    const first = setUp({ shared: store, clock });
    expect(await first.cache.peek(words, 1)).toBeUndefined();
    await getOne(first.cache, createLoad().load);
    await first.cache.idle();
    expect(await first.cache.peek(words, 1)).toBe('word 1');
    clock.ms += FRESH_MS;
    expect(await setUp({ shared: store, clock }).cache.peek(words, 1)).toBe('word 1');
    clock.ms += STALE_MS;
    expect(await setUp({ shared: store, clock }).cache.peek(words, 1)).toBeUndefined();
  });
});
