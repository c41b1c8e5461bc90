import type { Clock } from '../clock.ts';
import type { Report } from '../events.ts';
import type { MemoryStore } from '../memory/memory-store.ts';
import { type SharedTier, validEntry } from '../redis/shared-tier.ts';
import { allTagsOf, type Batch } from './batch.ts';
import type { Budget } from './budget.ts';
import type { IsServable } from './dependencies.ts';
import { type Entry, freshness, toLocal } from './entry.ts';
import type { Generations } from './generations.ts';
import { greatestAges } from './key-class.ts';

type EntriesByKey = ReadonlyMap<string, Entry<unknown>>;

export interface TiersOptions {
  readonly shared: SharedTier | null;
  readonly memory: MemoryStore;
  readonly generations: Generations;
  readonly isServable: IsServable;
  readonly clock: Clock;
  readonly report: Report;
}

/** Reads of the two tiers. They return only entries that are alive and valid. */
export interface Tiers {
  /** The entries of memory that this process trusts without a read of Redis. */
  readMemory(keys: readonly string[]): { readonly found: EntriesByKey; readonly missing: readonly string[] };
  /**
   * One trip that reads the keys from Redis and verifies the entries of memory. If it fails, the entries of memory are
   * served unverified, unless this process has stalled: nobody can acknowledge an invalidation while Redis is away.
   */
  readShared(
    batch: Batch,
    keys: readonly string[],
    budget: Budget,
  ): Promise<{ readonly inMemory: EntriesByKey; readonly inRedis: EntriesByKey; readonly reached: boolean }>;
}

export function createTiers({ shared, memory, generations, isServable, clock, report }: TiersOptions): Tiers {
  return {
    readMemory(keys) {
      const now = clock.monotonic();
      const found = new Map<string, Entry<unknown>>();
      const missing: string[] = [];
      for (const key of keys) {
        const entry = memory.get<unknown>(key);
        if (entry && isAlive(entry, now) && generations.judge(entry) === 'valid') found.set(key, entry);
        else missing.push(key);
      }
      return { found, missing };
    },
    async readShared(batch, keys, budget) {
      if (!shared) return { inMemory: new Map(), inRedis: new Map(), reached: false };
      const unverified = unverifiedInMemory(keys);
      const unread = keys.filter((key) => !unverified.has(key));
      const tags = allTagsOf(batch, keys);
      // Taken before the trip: what it returns is no older than this.
      const time = generations.tick();
      const { name, codec } = batch.keyClass;
      try {
        const { found, tokens } = await budget.spend((ms) => shared.read(unread, tags, codec, ms));
        for (const tag of tags) generations.learn(tag, tokens.get(tag), time);
        const inRedis = new Map<string, Entry<unknown>>();
        unread.forEach((key, index) => {
          const each = found[index];
          const stored = each && validEntry(each, tokens);
          if (!stored) return;
          const bounds = greatestAges(batch.keyClass, stored.value);
          const entry = toLocal(stored, bounds, clock, memory.get(key));
          if (!isAlive(entry, clock.monotonic())) return;
          memory.set(key, entry, invalidInMemory(key));
          inRedis.set(key, entry);
        });
        const inMemory = new Map([...unverified].filter(([, entry]) => validEntry(entry, tokens)));
        return { inMemory, inRedis, reached: true };
      } catch (cause) {
        report({ type: 'store-failed', operation: 'read', keyClass: name, cause });
        const inMemory = new Map([...unverified].filter(([, entry]) => isServable([entry])));
        return { inMemory, inRedis: new Map(), reached: false };
      }
    },
  };

  /** An invalid entry in memory: it is older than the entry in Redis, whatever the clocks say. */
  function invalidInMemory(key: string): Entry<unknown> | undefined {
    const entry = memory.get<unknown>(key);
    return entry && generations.judge(entry) === 'invalid' ? entry : undefined;
  }

  function unverifiedInMemory(keys: readonly string[]): EntriesByKey {
    const now = clock.monotonic();
    const unverified = new Map<string, Entry<unknown>>();
    for (const key of keys) {
      const entry = memory.get<unknown>(key);
      if (entry && isAlive(entry, now) && generations.judge(entry) === 'unverified')
        unverified.set(key, entry);
    }
    return unverified;
  }
}

function isAlive(entry: Entry<unknown>, now: number): boolean {
  return freshness(entry, now) !== 'dead';
}
