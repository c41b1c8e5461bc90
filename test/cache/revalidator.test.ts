import { describe, expect, it } from 'vitest';
import type { RecordedEntry } from '../../src/cache/engine/cache.ts';
import { createRevalidator } from '../../src/cache/engine/revalidator.ts';
import { countingLoad, TRUST_MS, words } from '../support/cache-process.ts';
import { useCacheProcesses } from '../support/cache-processes.ts';
import { noRedis } from '../support/redis.ts';

const BUDGET = { spend: <T>(trip: (ms: number) => Promise<T>) => trip(50) };

describe('a revalidation', () => {
  function build() {
    const clock = { ms: 0 };
    const trips: PromiseWithResolvers<void>[] = [];
    const failures: unknown[] = [];
    const revalidator = createRevalidator<object>({
      read() {
        const trip = Promise.withResolvers<void>();
        trips.push(trip);
        return trip.promise;
      },
      onFailed: (cause) => void failures.push(cause),
      pauseMs: 500,
      joinMs: 1000,
      clock: { now: () => 0, monotonic: () => clock.ms },
    });
    return { clock, trips, failures, ...revalidator };
  }

  it('is one trip for concurrent callers, and not due while it runs', async () => {
    const { revalidate, isDue, trips } = build();
    const item = {};
    expect(isDue(item)).toBe(true);
    const both = [revalidate(item, BUDGET), revalidate(item, BUDGET)];
    expect(trips).toHaveLength(1);
    expect([isDue(item), isDue({})]).toEqual([false, true]);
    trips[0]?.resolve();
    await Promise.all(both);
    expect(isDue(item)).toBe(true);
  });

  it('that fails is reported without an exception and followed by a pause; a required check ignores the pause', async () => {
    const { clock, revalidate, isDue, trips, failures } = build();
    const item = {};
    const first = revalidate(item, BUDGET);
    trips[0]?.reject(new Error('away'));
    await first;
    expect(failures).toEqual([new Error('away')]);
    clock.ms += 499;
    expect(isDue(item)).toBe(false);
    clock.ms += 1;
    expect(isDue(item)).toBe(true);
    const second = revalidate(item, BUDGET);
    trips[1]?.reject(new Error('away'));
    await second;
    expect(isDue(item)).toBe(false);
    const third = revalidate(item, BUDGET);
    trips[2]?.resolve();
    await third;
    expect(isDue(item)).toBe(true);
  });
});

describe.skipIf(noRedis)('a derived value', () => {
  const processes = useCacheProcesses();

  it('is revalidated once per half trust time while Redis fails, however often it is read', async () => {
    const process = await processes.start();
    const sentences = process.cache.derived<string>({
      name: 'sentences',
      codec: { toJson: (value) => value, fromJson: String },
      memoryBytes: 10_000,
      weigh: (value) => value.length,
      maxBytes: 1000,
    });
    const read: RecordedEntry[] = [];
    const record = (each: RecordedEntry) => void read.push(each);
    await process.cache.getMany(words, [1], countingLoad().load, { record });
    sentences.keep(
      'say',
      'word 1',
      read.map(({ entry }) => entry),
    );
    await process.cache.idle();
    expect(sentences.peek('say')).toBeDefined();

    await processes.plain.acl('SETUSER', 'default', '-get', '-getrange');
    process.clock.ms += TRUST_MS / 2 + 1;
    for (let time = 0; time < 10; time += 1) {
      expect(sentences.peek('say')).toBeDefined();
      await process.cache.idle();
      process.clock.ms += 10;
    }
    await processes.plain.acl('SETUSER', 'default', '+@all');
    const failed = process.events.filter((event) => event.type === 'store-failed');
    expect(failed.map(({ operation }) => operation)).toEqual(['confirm']);
  });
});
