import { describe, expect, it } from 'vitest';
import { createLeasedLoads } from '../../src/cache/engine/leased-loads.ts';
import { createBudget } from '../../src/cache/engine/read-options.ts';
import type { CacheEvent } from '../../src/cache/events.ts';
import {
  type CacheProcess,
  countingLoad,
  FRESH_MS,
  getWord,
  startCacheProcess,
  words,
} from '../support/cache-process.ts';
import { useCacheProcesses } from '../support/cache-processes.ts';
import { noRedis } from '../support/redis.ts';

function told({ events }: CacheProcess, ...types: readonly CacheEvent['type'][]) {
  return events.filter(({ type }) => types.includes(type));
}

function record() {
  const events: CacheEvent[] = [];
  return { events, report: (event: CacheEvent) => void events.push(event) };
}

describe('the event of a stale read', () => {
  it('has the age past freshness of the oldest entry', async () => {
    const process = await startCacheProcess();
    const { cache, clock } = process;
    await cache.getMany(words, [1], countingLoad().load);
    clock.ms += 300;
    await cache.getMany(words, [2], countingLoad().load);
    clock.ms += FRESH_MS + 50;
    await cache.getMany(words, [1, 2], countingLoad().load);
    expect(told(process, 'stale')).toEqual([{ type: 'stale', keyClass: 'words', count: 2, oldestMs: 350 }]);
  });
});

describe('a Redis budget', () => {
  it('reports concurrent trips as one when the last ends', async () => {
    const clock = { ms: 0 };
    const { events, report } = record();
    const budget = createBudget(100, { now: () => 0, monotonic: () => clock.ms }, report);
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const one = budget.spend(() => first.promise);
    clock.ms = 10;
    const other = budget.spend(() => second.promise);
    clock.ms = 20;
    first.resolve();
    await one;
    expect(events).toEqual([]);
    clock.ms = 50;
    second.resolve();
    await other;
    expect(events).toEqual([{ type: 'budget-spent', durationMs: 50 }]);
    expect(await budget.spend(async (leftMs) => leftMs)).toBe(50);
    expect(events.at(-1)).toEqual({ type: 'budget-spent', durationMs: 0 });
  });

  it('reports a failed trip, and no trip that it refused', async () => {
    const clock = { ms: 0 };
    const { events, report } = record();
    const budget = createBudget(100, { now: () => 0, monotonic: () => clock.ms }, report);
    const failing = budget.spend(async () => {
      clock.ms += 100;
      throw new Error('no answer');
    });
    await expect(failing).rejects.toThrow('no answer');
    await expect(budget.spend(async () => 'never')).rejects.toThrow(
      'the Redis budget of this request is spent',
    );
    expect(events).toEqual([{ type: 'budget-spent', durationMs: 100 }]);
  });
});

describe('the event of a lease wait', () => {
  /** Runs for the keys 1 and 2, which others hold and let go of at the looks of these numbers. */
  async function wait(mode: 'miss' | 'background', loadedAtLook: readonly [number, number]) {
    const clock = { ms: 0 };
    const { events, report } = record();
    let looks = 0;
    const entry = {
      ...{ value: 'word', loadBeganAt: 0, loadMs: 0, freshUntil: 9000, staleUntil: 9000, bytes: 1 },
      ...{ tags: ['words'], generations: ['1'] },
    };
    const leasedLoads = createLeasedLoads({
      shared: {
        async acquire(keys: readonly string[]) {
          looks += 1;
          const acquired = keys.map((key) => ({
            lease: 'held',
            found: looks >= (loadedAtLook[Number(key) - 1] as number) ? entry : 'absent',
          }));
          return { acquired, tokens: new Map([['words', '1']]) };
        },
      } as never,
      memory: { get: () => undefined, set: () => {} } as never,
      generations: { tick: () => ({ sequence: 1, at: 0 }), learn: () => {} } as never,
      failures: {} as never,
      loads: {} as never,
      waiters: {
        size: 0,
        async wait() {
          clock.ms += 30;
        },
        wake: () => {},
      },
      failureCodec: {} as never,
      // The clock on the wall is not what a wait is timed by.
      clock: { now: () => 0, monotonic: () => clock.ms },
      sleep: async () => {},
      random: () => 0.5,
      newToken: () => 'me',
      report,
      runInBackground: () => {},
      announce: () => {},
      ...{ budgetMs: 50, leaseMs: 2000, tripMs: 1000 },
    });
    const settled: string[] = [];
    await leasedLoads.run(
      {
        keyClass: words,
        idByKey: new Map([
          ['1', 1],
          ['2', 2],
        ]),
        load: async () => new Map(),
      } as never,
      ['1', '2'],
      mode,
      createBudget(50, { now: () => 0, monotonic: () => clock.ms }, () => {}),
      (key) => void settled.push(key),
    );
    expect(settled.sort()).toEqual(['1', '2']);
    return events.filter(({ type }) => type === 'lease-waited');
  }

  it('is reported once at its end, with the number of keys and the duration', async () => {
    expect(await wait('miss', [2, 4])).toEqual([
      { type: 'lease-waited', keyClass: 'words', count: 2, durationMs: 90 },
    ]);
  });

  it('counts only keys missing at the first look', async () => {
    expect(await wait('miss', [1, 2])).toEqual([
      { type: 'lease-waited', keyClass: 'words', count: 1, durationMs: 30 },
    ]);
  });

  it('is absent without a wait', async () => {
    expect(await wait('miss', [1, 1])).toEqual([]);
    expect(await wait('background', [9, 9])).toEqual([]);
  });
});

describe('the event of an invalidation', () => {
  it('has its source and the number of tags with entries', async () => {
    const process = await startCacheProcess();
    await getWord(process.cache, countingLoad().load);
    await process.cache.invalidate(['word:1', 'word:2', 'words']);
    await process.cache.invalidate(['word:3'], 'webhook');
    expect(told(process, 'invalidated')).toEqual([
      {
        type: 'invalidated',
        tags: ['word:1', 'word:2', 'words'],
        known: 2,
        source: 'operator',
        durationMs: 0,
      },
      { type: 'invalidated', tags: ['word:3'], known: 0, source: 'webhook', durationMs: 0 },
    ]);
  });
});

describe.skipIf(noRedis)('the event of an invalidation with Redis', () => {
  const processes = useCacheProcesses();

  it('has the source if Redis did not acknowledge it, and is the only event', async () => {
    const process = await processes.start();
    await processes.plain.config('SET', 'min-replicas-to-write', '1');
    await process.cache.invalidate(['word:1'], 'poller').catch(() => {});
    await processes.plain.config('SET', 'min-replicas-to-write', '0');
    expect(told(process, 'invalidated', 'invalidation-failed')).toEqual([
      { type: 'invalidation-failed', tags: ['word:1'], source: 'poller', cause: expect.any(Error) },
    ]);
  });

  it('is reported by the process that invalidated, and received by the others', async () => {
    const [first, second] = await Promise.all([
      processes.start({ backplane: true }),
      processes.start({ backplane: true }),
    ]);
    await expect
      .poll(async () => {
        await first.cache.invalidate(['word:1', 'word:2']);
        return told(second, 'invalidation-heard')[0];
      })
      .toEqual({ type: 'invalidation-heard', tags: 2 });
    expect(told(first, 'invalidation-heard')).toEqual([]);
    expect(told(second, 'invalidated')).toEqual([]);
  });
});
