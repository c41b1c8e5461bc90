import { describe, expect, it } from 'vitest';
import { countingLoad, getWord, heldLoad } from '../../support/cache-process.ts';
import { useCacheProcesses } from '../../support/cache-processes.ts';
import { noRedis } from '../../support/redis.ts';

describe.skipIf(noRedis)('foreign state in Redis', () => {
  const processes = useCacheProcesses();

  it.each(['test_v1:{word_1}', 'test_v1:{word_1}:lease', 'test_v1:generation:{words}'])(
    'a list under %s is removed, and the key cached again',
    async (key) => {
      await processes.plain.lpush(key, 'not ours');
      const { cache, clock } = await processes.start();
      const { load, asked } = countingLoad();
      await getWord(cache, load);
      await cache.idle();
      clock.ms += 10_000;
      await getWord(cache, load);
      await cache.idle();
      const before = asked.length;
      const other = await processes.start({ clock });
      expect(await getWord(other.cache, load)).toBe('word 1');
      expect(asked).toHaveLength(before);
    },
  );

  it('a list under a generation key is overwritten by an invalidation', async () => {
    await processes.plain.lpush('test_v1:generation:{words}', 'not ours');
    const { cache } = await processes.start();
    expect((await cache.invalidate(['words'])).tags).toEqual([{ tag: 'words', known: true }]);
    expect(await processes.plain.type('test_v1:generation:{words}')).toBe('string');
  });

  it('an entry from a process with a fast clock is replaced by a load', async () => {
    const ahead = await processes.start({ clock: { ms: 1_060_000 } });
    await getWord(ahead.cache, countingLoad(() => 'from the future').load);
    await ahead.cache.idle();
    const { cache } = await processes.start();
    expect(await getWord(cache, countingLoad().load)).toBe('from the future');
    expect(await getWord(cache, countingLoad(() => 'now').load, { mode: 'refresh' })).toBe('now');
    expect(await getWord(cache, countingLoad(() => 'not asked').load)).toBe('now');
  });

  it('setting the clock back does not extend trust', async () => {
    const [first, second] = await Promise.all([processes.start(), processes.start()]);
    await getWord(first.cache, countingLoad(() => 'old').load);
    await first.cache.idle();
    await getWord(second.cache, countingLoad().load);
    await first.cache.invalidate(['words']);
    second.clock.ms += 2000;
    second.wall.offsetMs -= 5000;
    expect(await getWord(second.cache, countingLoad(() => 'new').load)).toBe('new');
  });

  it('a lease lost during a load is reported', async () => {
    const { cache, events } = await processes.start({ leaseMs: 60 });
    const held = heldLoad('late');
    const asking = getWord(cache, held.load);
    await held.began;
    await processes.plain.del('test_v1:{word_1}:lease');
    await expect.poll(() => events).toContainEqual({ type: 'lease-lost', keyClass: 'words', count: 1 });
    held.letGo();
    await asking;
  });

  it('refused messages are reported once, and invalidations continue', async () => {
    await processes.plain.acl('SETUSER', 'default', 'resetchannels');
    try {
      const { cache, events } = await processes.start({ backplane: true });
      await cache.invalidate(['words']);
      await cache.invalidate(['words']);
      const refusals = () =>
        events.flatMap((event) => (event.type === 'backplane-refused' ? [event.operation] : []));
      await expect.poll(() => refusals().toSorted()).toEqual(['publish', 'subscribe']);
    } finally {
      await processes.plain.acl('SETUSER', 'default', 'allchannels');
    }
  });

  it('an inspection without Redis reports the entry in memory', async () => {
    const { cache } = await processes.start();
    await getWord(cache, countingLoad().load);
    await cache.idle();
    processes.redis.freeze();
    const inspection = await cache.inspect('word_1');
    processes.redis.thaw();
    expect(inspection).toMatchObject({ memory: { state: 'fresh' }, redis: null, redisAnswered: false });
    expect(inspection.memory?.tags.every(({ current }) => current)).toBe(true);
  });
});
