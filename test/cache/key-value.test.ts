import { describe, expect, it } from 'vitest';
import { type CacheProcess, startCacheProcess, wordsClass } from '../support/cache-process.ts';
import { useCacheProcesses } from '../support/cache-processes.ts';
import { noRedis } from '../support/redis.ts';

const NOTES = { name: 'notes', maxBytes: 1000 };
const MINUTE_MS = 60_000;

describe('key-value state in memory', () => behavesAsKeyValue(startCacheProcess));

describe.skipIf(noRedis)('key-value state in Redis', () => {
  const processes = useCacheProcesses();
  const key = 'test_v1:{note}';

  behavesAsKeyValue(processes.start);

  it('is shared by all processes, and every value expires', async () => {
    const [first, second] = [await processes.start(), await processes.start()];
    const notes = first.keyValue(NOTES);
    await notes.set('note', 'one', MINUTE_MS);
    expect(await second.keyValue(NOTES).get('note')).toBe('one');
    expect(await processes.plain.pttl(key)).toBeGreaterThan(0);
    await processes.plain.del(key);
    await notes.setIfAbsent('note', 'two', MINUTE_MS);
    expect(await processes.plain.pttl(key)).toBeGreaterThan(0);
  });

  it.each([
    ['of a foreign format', () => processes.plain.set(key, 'no entry')],
    ['of another type', () => processes.plain.lpush(key, 'one')],
    ['longer than a value can be', () => processes.plain.set(key, 'x'.repeat(5000))],
    [
      'an entry that tags can invalidate',
      async () => {
        const { cache } = await processes.start();
        await cache.get({ ...wordsClass(), key: () => 'note' }, 1, async () => 'one');
        await cache.idle();
        expect(await processes.plain.exists(key)).toBe(1);
      },
    ],
  ])('reads a value as absent that is %s, and reports it', async (_, store) => {
    await store();
    const { keyValue, types } = await processes.start();
    const notes = keyValue(NOTES);
    expect(await notes.get('note')).toBeNull();
    expect(types()).toContain('invalid-value');
    await notes.set('note', 'one', MINUTE_MS);
    expect(await notes.get('note')).toBe('one');
  });

  it('rejects and reports while Redis does not answer', async () => {
    const { keyValue, events } = await processes.start();
    const notes = keyValue({ ...NOTES, timeoutMs: 100 });
    processes.redis.freeze();
    try {
      await expect(notes.get('note')).rejects.toMatchObject({ name: 'RedisTimedOut' });
      await expect(notes.set('note', 'one', MINUTE_MS)).rejects.toMatchObject({ name: 'RedisTimedOut' });
    } finally {
      processes.redis.thaw();
    }
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'store-failed', operation: 'get', keyClass: 'notes' }),
    );
  });

  it('is inspected as an entry is', async () => {
    const { cache, keyValue } = await processes.start();
    await keyValue(NOTES).set('note', 'one', MINUTE_MS);
    expect(await cache.inspect('note')).toMatchObject({ redis: { state: 'fresh', tags: [] } });
  });
});

/** What both stores do. */
function behavesAsKeyValue(start: () => Promise<CacheProcess>): void {
  it('stores texts by key', async () => {
    const notes = (await start()).keyValue(NOTES);
    expect(await notes.get('note')).toBeNull();
    expect(await notes.has('note')).toBe(false);
    await notes.set('note', 'one \u{1f600}', MINUTE_MS);
    await notes.set('other', '', MINUTE_MS);
    expect(await notes.get('note')).toBe('one \u{1f600}');
    expect(await notes.get('other')).toBe('');
    expect(await notes.has('note')).toBe(true);
  });

  it('stores a value only if there is none', async () => {
    const notes = (await start()).keyValue(NOTES);
    expect(await notes.setIfAbsent('note', 'one', MINUTE_MS)).toBe(true);
    expect(await notes.setIfAbsent('note', 'two', MINUTE_MS)).toBe(false);
    expect(await notes.get('note')).toBe('one');
  });

  it('stores and extends a value under a lock', async () => {
    const { cache, keyValue } = await start();
    const notes = keyValue(NOTES);
    const result = await cache.runExclusive('job', { everyMs: 0 }, async (lock) => {
      expect(await notes.extendLocked(lock, MINUTE_MS)).toBe('absent');
      await notes.setLocked(lock, 'one', MINUTE_MS);
      expect(await notes.extendLocked(lock, MINUTE_MS)).toBe('extended');
      expect(await notes.get(lock.key)).toBe('one');
    });
    expect(result).toBe('ran');
  });

  it('refuses a value that is too large, and keeps the previous one', async () => {
    const notes = (await start()).keyValue(NOTES);
    await notes.set('note', 'one', MINUTE_MS);
    await expect(notes.set('note', 'x'.repeat(1001), MINUTE_MS)).rejects.toMatchObject({
      name: 'ValueTooLarge',
    });
    expect(await notes.get('note')).toBe('one');
  });
}

describe('a value in memory', () => {
  it('expires, by the monotonic clock', async () => {
    const { keyValue, clock, wall } = await startCacheProcess();
    const notes = keyValue(NOTES);
    await notes.set('note', 'one', MINUTE_MS);
    wall.offsetMs = -MINUTE_MS;
    clock.ms += MINUTE_MS - 1;
    expect(await notes.get('note')).toBe('one');
    clock.ms += 1;
    expect(await notes.get('note')).toBeNull();
    expect(await notes.setIfAbsent('note', 'two', MINUTE_MS)).toBe(true);
  });
});
