import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/cache/engine/entry.ts';
import { defineKeyClass, InvalidDefinition } from '../../src/cache/engine/key-class.ts';
import { createEntries } from '../../src/cache/engine/tiers.ts';
import {
  type CacheProcess,
  countingLoad,
  FRESH_MS,
  STALE_MS,
  startCacheProcess,
  wordsClass,
} from '../support/cache-process.ts';
import { useCacheProcesses } from '../support/cache-processes.ts';
import { noRedis } from '../support/redis.ts';

const FLOOR_MS = 300;
const CEILING_MS = 2000;
const adaptive = wordsClass({ adaptive: { floorMs: FLOOR_MS, ceilingMs: CEILING_MS } });

/** Reloads the word after its whole lifetime, and returns how long the new entry is fresh. */
async function reload(process: CacheProcess, word: string | null, keyClass = adaptive) {
  process.clock.ms += CEILING_MS;
  await process.cache.getMany(keyClass, [1], countingLoad(() => word).load, { mode: 'refresh' });
  return freshMs(process);
}

async function freshMs({ cache }: CacheProcess): Promise<number | undefined> {
  const { memory } = await cache.inspect('word_1');
  return memory ? memory.ageMs + memory.freshForMs : undefined;
}

function adaptations({ events }: CacheProcess) {
  return events.filter(({ type }) => type === 'lifetime-adapted');
}

describe('an adaptive lifetime', () => {
  it('begins as the lifetime of its class, without an event', async () => {
    const process = await startCacheProcess();
    expect(await reload(process, 'a')).toBe(FRESH_MS);
    expect(adaptations(process)).toEqual([]);
  });

  it('grows by half for each unchanged value, up to the ceiling', async () => {
    const process = await startCacheProcess();
    const lives = [];
    for (let time = 0; time < 4; time += 1) lives.push(await reload(process, 'a'));
    expect(lives).toEqual([1000, 1500, 2000, 2000]);
    expect(adaptations(process)).toEqual([
      { type: 'lifetime-adapted', keyClass: 'words', change: 'longer', freshMs: 1500 },
      { type: 'lifetime-adapted', keyClass: 'words', change: 'longer', freshMs: 2000 },
      { type: 'lifetime-adapted', keyClass: 'words', change: 'same', freshMs: 2000 },
    ]);
  });

  it.each([
    [0, 1000],
    [600, 1000],
    [900, 1350],
    [5000, 1500],
  ])('takes %i ms without a change as stability', async (agoMs, expected) => {
    const process = await startCacheProcess();
    await reload(process, 'a');
    process.clock.ms += agoMs;
    await process.cache.getMany(adaptive, [1], countingLoad(() => 'a').load, { mode: 'refresh' });
    expect(await freshMs(process)).toBe(expected);
  });

  it('halves for each changed value, down to the floor', async () => {
    const process = await startCacheProcess();
    const lives = [];
    for (const word of ['a', 'b', 'c', 'd']) lives.push(await reload(process, word));
    expect(lives).toEqual([1000, 500, 300, 300]);
    expect(adaptations(process)).toMatchObject([
      { change: 'shorter', freshMs: 500 },
      { change: 'shorter', freshMs: 300 },
      { change: 'same', freshMs: 300 },
    ]);
  });

  it('does not change how long the value may be stale beyond it', async () => {
    const process = await startCacheProcess();
    for (const word of ['a', 'a', 'b', 'c']) {
      await reload(process, word);
      const { memory } = await process.cache.inspect('word_1');
      expect((memory?.staleForMs ?? 0) - (memory?.freshForMs ?? 0)).toBe(STALE_MS - FRESH_MS);
    }
  });

  it('compares instants by value, not by object identity', async () => {
    const meetings = defineKeyClass<number, { readonly at: Date }>({
      name: 'meetings',
      key: (id) => `word_${id}`,
      tags: () => ['meetings'],
      policy: { freshMs: 1000, staleMs: 1000, adaptive: { floorMs: 1, ceilingMs: 9000 } },
      codec: {
        toJson: ({ at }) => at.getTime(),
        fromJson: (at) => ({ at: new Date(Number(at)) }),
      },
    });
    const process = await startCacheProcess();
    const lives = [];
    for (const at of [7, 7, 8]) {
      process.clock.ms += CEILING_MS;
      const load = async () => new Map([[1, { at: new Date(at) }]]);
      await process.cache.getMany(meetings, [1], load, { mode: 'refresh' });
      lives.push(await freshMs(process));
    }
    expect(lives).toEqual([1000, 1500, 750]);
  });

  it('compares values also across an invalidation', async () => {
    const process = await startCacheProcess();
    const read = (word: string) => process.cache.getMany(adaptive, [1], countingLoad(() => word).load);
    await read('a');
    await process.cache.invalidate(['word:1']);
    await read('b');
    expect(await freshMs(process)).toBe(500);
    process.clock.ms += 500;
    await process.cache.invalidate(['word:1']);
    await read('b');
    expect(await freshMs(process)).toBe(750);
  });

  it('compares a background refresh with the stale value', async () => {
    const process = await startCacheProcess();
    await reload(process, 'a');
    process.clock.ms += FRESH_MS;
    await process.cache.getMany(adaptive, [1], countingLoad(() => 'a').load);
    await process.cache.idle();
    expect(await freshMs(process)).toBe(1500);
  });

  it('ignores absent values, for themselves and for the next value', async () => {
    const process = await startCacheProcess();
    expect(await reload(process, 'a')).toBe(FRESH_MS);
    expect(await reload(process, null)).toBe(100);
    expect(await reload(process, null)).toBe(100);
    expect(await reload(process, 'a')).toBe(FRESH_MS);
    expect(adaptations(process)).toEqual([]);
  });

  it('is off by default', async () => {
    const process = await startCacheProcess();
    const plain = wordsClass();
    for (const word of ['a', 'a', 'b']) expect(await reload(process, word, plain)).toBe(FRESH_MS);
    expect(adaptations(process)).toEqual([]);
  });

  it.each([
    [{ floorMs: 3000, ceilingMs: 4000 }, 3000],
    [{ floorMs: 1, ceilingMs: 10 }, 10],
  ])('begins within its bounds %j', async (bounds, expected) => {
    const process = await startCacheProcess();
    expect(await reload(process, 'a', wordsClass({ adaptive: bounds }))).toBe(expected);
  });

  it.each([
    [{ floorMs: -1, ceilingMs: 1 }, 'adaptive.floorMs must be a whole number from 0 to 2147483647, not -1'],
    [
      { floorMs: 1, ceilingMs: 2 ** 31 },
      'adaptive.ceilingMs must be a whole number from 0 to 2147483647, not 2147483648',
    ],
    [{ floorMs: 2, ceilingMs: 1 }, 'adaptive.ceilingMs (1) must not be less than adaptive.floorMs (2)'],
  ])('rejects the bounds %j', (bounds, message) => {
    expect(() => wordsClass({ adaptive: bounds })).toThrow(InvalidDefinition);
    expect(() => wordsClass({ adaptive: bounds })).toThrow(`Key class "words": ${message}.`);
  });

  it('stays within its bounds in any sequence, and jitter does not accumulate', () => {
    const load = fc.record({
      changed: fc.boolean(),
      random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    });
    const policy = fc.record({
      freshMs: fc.integer({ min: 1, max: 5000 }),
      staleForMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 5000 })),
      bounds: fc
        .tuple(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 5000 }))
        .map(([one, other]) => ({ floorMs: Math.min(one, other), ceilingMs: Math.max(one, other) })),
    });
    fc.assert(
      fc.property(policy, fc.array(load, { minLength: 1, maxLength: 40 }), (given, loads) => {
        const { freshMs, staleForMs, bounds } = given;
        const within = (ms: number) => Math.min(bounds.ceilingMs, Math.max(bounds.floorMs, Math.round(ms)));
        const keyClass = wordsClass({ freshMs, staleMs: freshMs + staleForMs, adaptive: bounds });
        const source = { random: 0, version: 0 };
        const { make } = entriesWith(() => source.random);
        let known: Entry<unknown> | undefined;
        let expectedMs = within(freshMs);
        loads.forEach(({ changed, random }, index) => {
          source.random = random;
          if (changed) source.version += 1;
          if (known) expectedMs = within(expectedMs * (changed ? 0.5 : 1.5));
          known = make(keyClass, `word ${source.version}`, 1_000_000 + 10_000 * index, known);
          const age = known.staleUntil - known.loadBeganAt;
          expect(age).toBe(expectedMs + staleForMs);
          expect(age).toBeLessThanOrEqual(bounds.ceilingMs + staleForMs);
          expect(known.freshUntil).toBeLessThanOrEqual(known.staleUntil);
          // A tenth of it either way, and half a millisecond for rounding.
          const spreadMs = known.freshUntil - known.loadBeganAt - expectedMs;
          expect(Math.abs(spreadMs)).toBeLessThanOrEqual(expectedMs / 10 + 0.5);
        });
      }),
    );
  });
});

function entriesWith(random: () => number) {
  const entries = createEntries({
    memory: { get: () => undefined, set: () => {} } as never,
    generations: { judge: () => 'valid' } as never,
    clock: { now: () => 1_000_000, monotonic: () => 0 },
    random,
    report: () => {},
  });
  return {
    make(keyClass: typeof adaptive, value: string, loadBeganAt: number, known: Entry<unknown> | undefined) {
      const batch = { keyClass, idByKey: new Map([['word_1', 1]]), load: async () => new Map() };
      const origin = { loadBeganAt, loadMs: 1, generations: ['1', '2'] };
      const made = entries.make(batch as never, 'word_1', value, origin, known);
      if (made instanceof Error) throw made;
      return made.entry;
    },
  };
}

describe.skipIf(noRedis)('an adaptive lifetime with Redis', () => {
  const { start } = useCacheProcesses();

  it('continues from the entry in Redis in a new process', async () => {
    const clock = { ms: 1_000_000 };
    const first = await start({ clock });
    await reload(first, 'a');
    await first.cache.idle();
    const second = await start({ clock });
    expect(await reload(second, 'a')).toBe(1500);
    await second.cache.idle();
    await second.cache.invalidate(['word:1']);
    const third = await start({ clock });
    await third.cache.getMany(adaptive, [1], countingLoad(() => 'b').load);
    expect(await freshMs(third)).toBe(750);
  });

  it('continues from the newer of the entries in memory and Redis', async () => {
    const clock = { ms: 1_000_000 };
    const [first, second] = await Promise.all([start({ clock }), start({ clock })]);
    await reload(first, 'a');
    await first.cache.idle();
    clock.ms += 1;
    await reload(second, 'b');
    await second.cache.idle();
    clock.ms += 1;
    // Since the first loaded it has changed once, which the second has taken into account.
    expect(await reload(first, 'b')).toBe(750);
  });
});
