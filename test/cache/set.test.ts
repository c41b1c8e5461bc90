import { describe, expect, it } from 'vitest';
import {
  countingLoad,
  FRESH_MS,
  getWord,
  startCacheProcess,
  words,
  wordsClass,
} from '../support/cache-process.ts';
import { useCacheProcesses } from '../support/cache-processes.ts';
import { noRedis } from '../support/redis.ts';

describe('values that are set', () => {
  it('are served like values loaded when the stamp was taken', async () => {
    const { cache, clock } = await startCacheProcess();
    const stamp = await cache.stamp(words, [1, 2]);
    clock.ms += 300;
    await cache.set(
      words,
      new Map([
        [1, 'one'],
        [2, null],
      ]),
      stamp,
    );
    const { load, asked } = countingLoad();
    expect(await getWord(cache, load)).toBe('one');
    const { memory } = await cache.inspect('word_1');
    expect(memory).toMatchObject({ ageMs: 300, freshForMs: FRESH_MS - 300, loadMs: 300 });
    expect(asked).toEqual([]);
  });

  it('are misses if an invalidation came after the stamp', async () => {
    const { cache } = await startCacheProcess();
    const stamp = await cache.stamp(words, [1, 2]);
    await cache.invalidate(['word:1']);
    await cache.set(
      words,
      new Map([
        [1, 'old'],
        [2, 'old'],
      ]),
      stamp,
    );
    const { load } = countingLoad(() => 'new');
    expect(await getWord(cache, load)).toBe('new');
    expect(await getWord(cache, load, { id: 2 })).toBe('old');
  });

  it('are rejected without their stamp or over the size limit; then none is set', async () => {
    const { cache } = await startCacheProcess();
    const stamp = await cache.stamp(words, [1]);
    await expect(cache.set(words, new Map([[2, 'two']]), stamp)).rejects.toThrow(
      'No stamp exists for test_v1:{word_2}.',
    );
    const fussy = {
      ...wordsClass(),
      codec: {
        toJson(value: string | null) {
          if (value === 'bad') throw new Error('no');
          return value;
        },
        fromJson: words.codec.fromJson,
      },
    };
    const both = await cache.stamp(fussy, [1, 2]);
    await expect(
      cache.set(
        fussy,
        new Map([
          [1, 'good'],
          [2, 'bad'],
        ]),
        both,
      ),
    ).rejects.toThrow('cannot be stored');
    expect((await cache.inspect('word_1')).memory).toBeNull();
  });
});

describe.skipIf(noRedis)('values that are set in one process', () => {
  const processes = useCacheProcesses();

  it('are visible to other processes, and wake their waiting reads', async () => {
    const [first, second] = await Promise.all([processes.start(), processes.start()]);
    await first.cache.set(words, new Map([[1, 'one']]), await first.cache.stamp(words, [1]));
    const { load, asked } = countingLoad();
    expect(await getWord(second.cache, load)).toBe('one');
    expect(asked).toEqual([]);
  });

  it('are misses if another process invalidated them since the stamp', async () => {
    const [first, second] = await Promise.all([processes.start(), processes.start()]);
    const stamp = await first.cache.stamp(words, [1]);
    await second.cache.invalidate(['words']);
    await first.cache.set(words, new Map([[1, 'old']]), stamp);
    expect(await getWord(second.cache, countingLoad(() => 'new').load)).toBe('new');
  });

  it('are discarded if a newer value was loaded', async () => {
    const clock = { ms: 1_000_000 };
    const [first, second] = await Promise.all([processes.start({ clock }), processes.start({ clock })]);
    const stamp = await first.cache.stamp(words, [1]);
    clock.ms += 10;
    await getWord(second.cache, countingLoad(() => 'later').load);
    await second.cache.idle();
    await first.cache.set(words, new Map([[1, 'earlier']]), stamp);
    const third = await processes.start({ clock });
    expect(await getWord(third.cache, countingLoad(() => 'not asked').load)).toBe('later');
  });

  it('stay in the process while Redis is down', async () => {
    const { cache, types } = await processes.start();
    const other = await processes.start();
    processes.redis.freeze();
    const stamp = await cache.stamp(words, [1], { budget: cache.newBudget() });
    await cache.set(words, new Map([[1, 'mine']]), stamp);
    processes.redis.thaw();
    expect(types()).toContain('store-failed');
    expect(await getWord(other.cache, countingLoad(() => 'other').load)).toBe('other');
  });
});
