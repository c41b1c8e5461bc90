import { describe, expect, it } from 'vitest';
import type { Cache } from '../../src/cache/engine/cache.ts';
import type { ReadOptions } from '../../src/cache/engine/read-options.ts';
import { NotAtOnce } from '../../src/cache/engine/trial.ts';
import {
  countingLoad,
  FRESH_MS,
  getWord,
  startCacheProcess,
  TRUST_MS,
  words,
} from '../support/cache-process.ts';
import { useCacheProcesses } from '../support/cache-processes.ts';
import { noRedis } from '../support/redis.ts';

const noLoad = async (): Promise<never> => {
  throw new Error('a trial loads nothing');
};

const attempt = (cache: Cache, id = 1, read: ReadOptions = {}) =>
  cache.newTrial().get(words, id, noLoad, read);

describe('a trial', () => {
  it('answers from fresh entries in memory, and reports them at its commit', async () => {
    const { cache, events } = await startCacheProcess();
    const { load } = countingLoad();
    await cache.getMany(words, [1, 2], load);
    const before = events.length;
    const trial = cache.newTrial();
    const recorded: string[] = [];
    const read: ReadOptions = { record: ({ key, tier }) => recorded.push(`${tier} ${key}`) };
    for (const id of [1, 2, 1]) expect(trial.get(words, id, noLoad, read)).toBe(`word ${id}`);
    expect(recorded).toEqual([1, 2, 1].map((id) => `memory test_v1:{word_${id}}`));
    expect(events).toHaveLength(before);
    trial.commit();
    expect(events.slice(before)).toEqual([{ type: 'hit-memory', keyClass: 'words', count: 3 }]);
    expect(cache.hottest(3).map(({ tag }) => tag)).toContain('word:2');
  });

  it.each<[string, (process: Awaited<ReturnType<typeof startCacheProcess>>) => unknown, ReadOptions?]>([
    ['a missing entry', ({ cache }) => cache.invalidate(['word:1'])],
    ['an entry with an invalidated tag', ({ cache }) => cache.invalidate(['words'])],
    ['a stale entry', ({ clock }) => (clock.ms += FRESH_MS)],
    ['an entry that is older than the read accepts', ({ clock }) => (clock.ms += 11), { maxAgeMs: 10 }],
    ['an entry that ends too soon', ({ clock }) => (clock.ms += 1), { freshForMs: FRESH_MS }],
  ])('refuses %s, without a trace', async (_, happen, read) => {
    const process = await startCacheProcess();
    const { cache, events } = process;
    await getWord(cache, countingLoad().load);
    // The verdict of an entry is kept from here on.
    expect(attempt(cache)).toBe('word 1');
    await happen(process);
    const before = events.length;
    expect(() => attempt(cache, 1, read)).toThrow(NotAtOnce);
    await cache.idle();
    expect(events).toHaveLength(before);
  });

  it('counts nothing for a read in the background', async () => {
    const { cache, events } = await startCacheProcess();
    await getWord(cache, countingLoad().load);
    const before = events.length;
    const trial = cache.newTrial();
    trial.get(words, 1, noLoad, { background: true });
    trial.commit();
    expect(events).toHaveLength(before);
  });

  it('refreshes an entry that is due early, at its commit', async () => {
    let random = 0.5;
    const { cache, clock, types } = await startCacheProcess({ random: () => random });
    await cache.get(words, 1, async () => {
      clock.ms += 50;
      return 'old';
    });
    clock.ms += FRESH_MS - 60;
    random = 0.999;
    const loaded: number[] = [];
    const load = async (id: number) => {
      loaded.push(id);
      return 'new';
    };
    expect(cache.newTrial().get(words, 1, load, {})).toBe('old');
    await cache.idle();
    expect(loaded).toEqual([]);
    const trial = cache.newTrial();
    expect(trial.get(words, 1, load, {})).toBe('old');
    trial.commit();
    await cache.idle();
    expect(loaded).toEqual([1]);
    expect(types()).toContain('refresh-early');
    expect(attempt(cache)).toBe('new');
  });
});

describe.skipIf(noRedis)('a trial with Redis', () => {
  const processes = useCacheProcesses();

  it('refuses an entry whose generations were not read within the trust time', async () => {
    const { cache, clock } = await processes.start();
    await getWord(cache, countingLoad().load, { freshForMs: 0 });
    expect(attempt(cache)).toBe('word 1');
    clock.ms += TRUST_MS;
    expect(() => attempt(cache)).toThrow(NotAtOnce);
  });
});
