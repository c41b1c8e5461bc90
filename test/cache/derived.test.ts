import { describe, expect, it } from 'vitest';
import type { RecordedEntry } from '../../src/cache/engine/cache.ts';
import type { DerivedStore } from '../../src/cache/engine/derived.ts';
import {
  type CacheProcess,
  countingLoad,
  FRESH_MS,
  getWord,
  STALE_MS,
  startCacheProcess,
  TRUST_MS,
  words,
} from '../support/cache-process.ts';
import { useCacheProcesses } from '../support/cache-processes.ts';
import { noRedis } from '../support/redis.ts';

/** Sentences, which are made of words. */
function sentencesOf({ cache }: CacheProcess, memoryBytes = 100_000): DerivedStore<string> {
  return cache.derived({
    name: 'sentences',
    codec: { toJson: (value) => value, fromJson: String },
    memoryBytes,
    weigh: (value) => value.length,
    maxBytes: 10_000,
  });
}

/** Reads the words, and keeps the sentence that they make. */
async function say(
  process: CacheProcess,
  store: DerivedStore<string>,
  ids: readonly number[],
  until?: number,
) {
  const recorded: RecordedEntry[] = [];
  const read = await process.cache.getMany(words, ids, countingLoad().load, {
    record: (each) => void recorded.push(each),
  });
  const sentence = [...read.values()].join(' ');
  return store.keep(
    `say_${ids.join('_')}`,
    sentence,
    recorded.map(({ entry }) => entry),
    until === undefined ? {} : { until },
  );
}

describe('a derived value', () => {
  it('lives as long as the first of its entries, and is as old as the oldest', async () => {
    const process = await startCacheProcess();
    const store = sentencesOf(process);
    await getWord(process.cache, countingLoad().load);
    process.clock.ms += 300;
    await say(process, store, [1, 2]);
    const held = store.peek('say_1_2');
    expect(held).toMatchObject({
      value: 'word 1 word 2',
      loadBeganAt: process.clock.ms - 300,
      freshUntil: process.clock.ms - 300 + FRESH_MS,
      staleUntil: process.clock.ms - 300 + STALE_MS,
      tags: ['word:1', 'words', 'word:2'],
    });
    process.clock.ms += STALE_MS - 300;
    expect(store.peek('say_1_2')).toBeUndefined();
  });

  it('ends at a given earlier time', async () => {
    const process = await startCacheProcess();
    const store = sentencesOf(process);
    await say(process, store, [1], process.clock.ms + 10);
    process.clock.ms += 9;
    expect(store.peek('say_1')).toBeDefined();
    process.clock.ms += 1;
    expect(store.peek('say_1')).toBeUndefined();
    expect(await store.find('say_1', process.cache.newBudget())).toBeUndefined();
  });

  it('is invalidated with any of its entries, and with no other', async () => {
    const process = await startCacheProcess();
    const store = sentencesOf(process);
    await say(process, store, [1, 2]);
    await say(process, store, [3]);
    await process.cache.invalidate(['word:2']);
    expect(store.peek('say_1_2')).toBeUndefined();
    expect(store.peek('say_3')).toBeDefined();
  });

  it('is not stored if one of its entries was invalidated during its computation', async () => {
    const process = await startCacheProcess();
    const store = sentencesOf(process);
    const recorded: RecordedEntry[] = [];
    const record = (each: RecordedEntry) => void recorded.push(each);
    await getWord(process.cache, countingLoad().load, { record });
    await process.cache.invalidate(['word:1']);
    const early = recorded.map(({ entry }) => entry);
    expect(store.keep('x', 'x', early)).toBeNull();
    await getWord(process.cache, countingLoad().load, { record });
    // Two generations of one tag: the value is of neither.
    expect(
      store.keep(
        'x',
        'x',
        recorded.map(({ entry }) => entry),
      ),
    ).toBeNull();
    expect(store.peek('x')).toBeUndefined();
  });

  it('without entries, or over the size limit, is not stored', async () => {
    const process = await startCacheProcess();
    const store = sentencesOf(process, 2000);
    expect(store.keep('x', 'x', [])).toBeNull();
    for (let id = 0; id < 10; id += 1) await say(process, store, [id]);
    const held = Array.from({ length: 10 }, (_, id) => store.peek(`say_${id}`)).filter(Boolean);
    expect(held.length).toBeGreaterThan(0);
    expect(held.length).toBeLessThan(5);
  });
});

describe('a shared computation', () => {
  it('runs once for concurrent callers', async () => {
    const process = await startCacheProcess();
    const store = sentencesOf(process);
    const { promise, resolve } = Promise.withResolvers<string>();
    const first = store.join('x', () => promise);
    const second = store.join('x', async () => 'not asked');
    expect([first.joined, second.joined]).toEqual([false, true]);
    resolve('done');
    expect(await second.result).toBe('done');
    expect(await store.join('x', async () => 'again').result).toBe('again');
  });

  it('is not joined after an invalidation', async () => {
    const process = await startCacheProcess();
    const store = sentencesOf(process);
    store.join('x', () => new Promise(() => {}));
    await process.cache.invalidate(['anything']);
    expect(await store.join('x', async () => 'new').result).toBe('new');
  });

  it('that fails is forgotten', async () => {
    const store = sentencesOf(await startCacheProcess());
    await expect(store.join('x', () => Promise.reject(new Error('no'))).result).rejects.toThrow('no');
    expect(await store.join('x', async () => 'yes').result).toBe('yes');
  });
});

describe.skipIf(noRedis)('a derived value with Redis', () => {
  const processes = useCacheProcesses();

  it('is found by a new process in two trips', async () => {
    const first = await processes.start();
    await say(first, sentencesOf(first), [1, 2]);
    await first.cache.idle();
    const second = await processes.start();
    const store = sentencesOf(second);
    expect(store.peek('say_1_2')).toBeUndefined();
    const found = await store.find('say_1_2', second.cache.newBudget());
    expect(found).toMatchObject({
      derived: { value: 'word 1 word 2', tags: ['word:1', 'words', 'word:2'] },
      tier: 'redis',
    });
    expect(store.peek('say_1_2')?.value).toBe('word 1 word 2');
  });

  it('is invalidated without a message once trust ends', async () => {
    const clock = { ms: 1_000_000 };
    const [first, second] = await Promise.all([processes.start({ clock }), processes.start({ clock })]);
    const store = sentencesOf(second);
    await say(second, store, [1]);
    await second.cache.idle();
    await first.cache.invalidate(['word:1']);
    clock.ms += TRUST_MS / 2;
    expect(store.peek('say_1')).toBeDefined();
    clock.ms += TRUST_MS / 2;
    expect(store.peek('say_1')).toBeUndefined();
    expect(await store.find('say_1', second.cache.newBudget())).toBeUndefined();
  });

  it('is revalidated while trusted, so that frequent reads never wait', async () => {
    const process = await processes.start();
    const store = sentencesOf(process);
    await say(process, store, [1]);
    await process.cache.idle();
    for (let time = 0; time < 5; time += 1) {
      process.clock.ms += TRUST_MS * 0.6;
      // It lives for as long as its entry does.
      if (process.clock.ms >= 1_000_000 + STALE_MS) break;
      expect(store.peek('say_1')).toBeDefined();
      await process.cache.idle();
    }
  });

  it('is trusted while Redis is down', async () => {
    const process = await processes.start();
    const store = sentencesOf(process);
    await say(process, store, [1]);
    await process.cache.idle();
    process.clock.ms += TRUST_MS;
    processes.redis.freeze();
    const found = await store.find('say_1', process.cache.newBudget());
    processes.redis.thaw();
    expect(found?.derived.value).toBe('word 1');
  });
});
