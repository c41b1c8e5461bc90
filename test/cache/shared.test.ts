import { describe, expect, it } from 'vitest';
import {
  type CacheProcess,
  countingLoad,
  FRESH_MS,
  getWord,
  heldLoad,
  TRUST_MS,
  words,
} from '../support/cache-process.ts';
import { useCacheProcesses } from '../support/cache-processes.ts';
import { noRedis } from '../support/redis.ts';

describe.skipIf(noRedis)('processes that share a Redis', () => {
  const processes = useCacheProcesses();
  const { start } = processes;

  const reads = async () =>
    Number(/total_reads_processed:(\d+)/.exec(await processes.plain.info('stats'))?.[1]);

  describe('an entry', () => {
    it('that one process loaded is found by another that has just started', async () => {
      const first = await start();
      await first.cache.getMany(words, [1, 2], countingLoad().load);
      await first.cache.idle();
      const { load, asked } = countingLoad();
      const second = await start();
      expect([...(await second.cache.getMany(words, [1, 2], load)).values()]).toEqual(['word 1', 'word 2']);
      expect(asked).toEqual([]);
    });

    it('costs one round trip for any number of keys', async () => {
      const ids = Array.from({ length: 25 }, (_, index) => index);
      const first = await start();
      await first.cache.getMany(words, ids, countingLoad().load);
      await first.cache.idle();
      const second = await start();
      const before = await reads();
      await second.cache.getMany(words, ids, countingLoad().load);
      // One for the trip, and one for asking how many there were.
      expect((await reads()) - before).toBe(2);
    });

    it('costs none while memory is trusted, and one to renew trust', async () => {
      const { cache, clock } = await start();
      await getWord(cache, countingLoad().load);
      await cache.idle();
      const before = await reads();
      clock.ms += TRUST_MS / 2 - 1;
      await getWord(cache, countingLoad().load);
      expect((await reads()) - before).toBe(1);
    });

    it('that is stale in Redis is served during one refresh', async () => {
      const clock = { ms: 1_000_000 };
      const first = await start({ clock });
      await getWord(first.cache, countingLoad(() => 'old').load);
      await first.cache.idle();
      clock.ms += FRESH_MS;
      const second = await start({ clock });
      const refresh = countingLoad(() => 'new');
      expect(await getWord(second.cache, refresh.load)).toBe('old');
      await second.cache.idle();
      expect(await getWord(second.cache, refresh.load)).toBe('new');
      expect(refresh.asked).toHaveLength(1);
    });

    it('with a slow load is refreshed early, by one process for all', async () => {
      const clock = { ms: 1_000_000 };
      const [first, second] = await Promise.all([start({ clock }), start({ clock })]);
      await first.cache.get(words, 1, async () => {
        clock.ms += 300;
        return 'slow';
      });
      await first.cache.idle();
      expect(await getWord(second.cache, countingLoad().load)).toBe('slow');
      clock.ms += FRESH_MS - 300 - 205;
      const { load, asked } = countingLoad(() => 'new');
      expect(await Promise.all([first, second].map(({ cache }) => getWord(cache, load)))).toEqual([
        'slow',
        'slow',
      ]);
      await Promise.all([first.cache.idle(), second.cache.idle()]);
      expect(asked).toHaveLength(1);
    });

    it.each([
      ['text', (key: string) => processes.plain.set(key, 'hello')],
      ['a list', (key: string) => processes.plain.multi().del(key).lpush(key, 'x').exec()],
      [
        'half an entry',
        async (key: string) =>
          processes.plain.set(
            key,
            ((await processes.plain.getBuffer(key)) ?? Buffer.alloc(0)).subarray(0, 40),
          ),
      ],
      [
        'more than an entry can have',
        (key: string) => processes.plain.set(key, 'x'.repeat(17 * 1024 * 1024)),
      ],
      ['the entry of another key', (key: string) => processes.plain.copy('test_v1:{word_2}', key, 'REPLACE')],
    ])('replaced by %s is a miss, which is counted and repaired', async (_, spoil) => {
      const first = await start();
      await first.cache.getMany(words, [1, 2], countingLoad().load);
      await first.cache.idle();
      await spoil('test_v1:{word_1}');
      const second = await start();
      expect(await getWord(second.cache, countingLoad(() => 'mended').load)).toBe('mended');
      await second.cache.idle();
      expect(second.types()).toContain('invalid-value');
      expect(second.types()).not.toContain('store-failed');
      expect(await getWord((await start()).cache, countingLoad(() => 'not asked').load)).toBe('mended');
    });

    it('has an expiry, like all keys that belong to it', async () => {
      const { cache } = await start();
      await cache.getMany(words, [1, 2], countingLoad((id) => (id === 2 ? new Error('no') : 'word')).load);
      await cache.idle();
      const keys = await processes.plain.keys('*');
      expect(keys.sort()).toEqual([
        'test_v1:generation:{word:1}',
        'test_v1:generation:{word:2}',
        'test_v1:generation:{words}',
        'test_v1:{word_1}',
        'test_v1:{word_2}:lease',
      ]);
      for (const key of keys) expect(await processes.plain.pttl(key)).toBeGreaterThan(0);
    });
  });

  describe('a load', () => {
    it('runs once for concurrent misses in all processes', async () => {
      const all = await Promise.all([1, 2, 3, 4].map(() => start({ backplane: true })));
      const { load, asked } = countingLoad();
      const values = await Promise.all(
        all.flatMap(({ cache }) => Array.from({ length: 25 }, () => getWord(cache, load))),
      );
      expect(new Set(values)).toEqual(new Set(['word 1']));
      expect(asked).toEqual([[1]]);
    });

    it('that fails is shared by waiters in other processes, and runs once', async () => {
      const [first, second] = await Promise.all([start(), start()]);
      const failing = countingLoad(() => new Error('no such luck'));
      const ask = ({ cache }: CacheProcess) =>
        getWord(cache, failing.load).catch((error: Error) => error.message);
      expect(await Promise.all([ask(first), ask(second)])).toEqual(['no such luck', 'no such luck']);
      expect(failing.asked).toHaveLength(1);
    });

    it('of a dead lease holder is taken over', async () => {
      await processes.plain.set('test_v1:{word_1}:lease', 'somebody who died', 'PX', 50);
      const { cache } = await start();
      expect(await getWord(cache, countingLoad().load)).toBe('word 1');
    });

    it('does not release a lease that another process acquired', async () => {
      const { cache } = await start();
      const held = heldLoad('late');
      const asking = getWord(cache, held.load);
      await held.began;
      await processes.plain.set('test_v1:{word_1}:lease', 'the next holder', 'PX', 10_000);
      held.letGo();
      await asking;
      await cache.idle();
      expect(await processes.plain.get('test_v1:{word_1}:lease')).toBe('the next holder');
      expect(await processes.plain.exists('test_v1:{word_1}')).toBe(0);
    });
  });

  describe('an invalidation', () => {
    it('is visible at once in its process, and after the trust time in others', async () => {
      const clock = { ms: 1_000_000 };
      const [first, second] = await Promise.all([start({ clock }), start({ clock })]);
      await getWord(first.cache, countingLoad(() => 'old').load);
      await first.cache.idle();
      await getWord(second.cache, countingLoad().load);
      await first.cache.invalidate(['word:1']);
      clock.ms += TRUST_MS - 1;
      expect(await getWord(second.cache, countingLoad(() => 'new').load)).toBe('old');
      clock.ms += 1;
      expect(await getWord(second.cache, countingLoad(() => 'new').load)).toBe('new');
      expect(await getWord(first.cache, countingLoad(() => 'not asked').load)).toBe('new');
    });

    it('is visible in other processes once they get the message', async () => {
      const [first, second] = await Promise.all([start({ backplane: true }), start({ backplane: true })]);
      await getWord(first.cache, countingLoad(() => 'old').load);
      await first.cache.idle();
      expect(await getWord(second.cache, countingLoad().load)).toBe('old');
      await first.cache.invalidate(['words']);
      await expect.poll(() => getWord(second.cache, countingLoad(() => 'new').load)).toBe('new');
    });

    it('discards a load that began before it, in this process and in others', async () => {
      const [first, second] = await Promise.all([start(), start()]);
      const held = heldLoad('old');
      const early = getWord(first.cache, held.load);
      await held.began;
      await second.cache.invalidate(['word:1']);
      held.letGo();
      expect(await early).toBe('old');
      await first.cache.idle();
      expect(await getWord(second.cache, countingLoad(() => 'new').load)).toBe('new');
      await second.cache.idle();
      expect(await getWord((await start()).cache, countingLoad(() => 'not asked').load)).toBe('new');
    });

    it('that Redis did not acknowledge is an error, and can be retried', async () => {
      const { cache } = await start();
      await getWord(cache, countingLoad(() => 'old').load);
      await cache.idle();
      await processes.plain.config('SET', 'min-replicas-to-write', '1');
      await expect(cache.invalidate(['word:1'])).rejects.toThrow(
        'Redis did not acknowledge the invalidation.',
      );
      await processes.plain.config('SET', 'min-replicas-to-write', '0');
      await cache.invalidate(['word:1']);
      expect(await getWord(cache, countingLoad(() => 'new').load)).toBe('new');
    });

    it('through a flush of Redis makes every entry a miss', async () => {
      const clock = { ms: 1_000_000 };
      const { cache } = await start({ clock });
      await getWord(cache, countingLoad(() => 'old').load);
      await cache.idle();
      await processes.plain.flushall();
      clock.ms += TRUST_MS;
      expect(await getWord(cache, countingLoad(() => 'new').load)).toBe('new');
    });
  });
});
