import type { Clock } from '../clock.ts';
import type { Report } from '../events.ts';
import type { MemoryStore } from '../memory/memory-store.ts';
import { type Fill, type SharedTier, validEntry } from '../redis/shared-tier.ts';
import { adaptedAges } from './adaptive.ts';
import type { IsServable } from './dependencies.ts';
import { encodeEntry } from './encoded-entry.ts';
import { type Entry, freshness, toLocal, toStored } from './entry.ts';
import type { Generations } from './generations.ts';
import { allTagsOf, type Batch, greatestAges, type LoadOutcome, tagsOf } from './key-class.ts';
import type { Budget } from './read-options.ts';

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

/** When a value was loaded, and by which generations. */
type Origin = Pick<Entry<unknown>, 'loadBeganAt' | 'loadMs' | 'generations'>;

export interface NewEntry {
  readonly entry: Entry<unknown>;
  /** What to store in Redis; null if the entry must not be stored. */
  readonly fill: Fill | null;
}

export interface EntriesOptions {
  readonly memory: MemoryStore;
  readonly generations: Generations;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly report: Report;
}

export interface Entries {
  /**
   * The entry of a value by the policy of its class, or why the class cannot keep it. `known` is the newest known entry of
   * the key from before the load, valid or not.
   */
  make(
    batch: Batch,
    key: string,
    value: unknown,
    origin: Origin,
    known: Entry<unknown> | undefined,
  ): LoadOutcome<NewEntry>;
  /**
   * Keeps the entry in memory; false if it must not be kept. It replaces `before`, however new that claims to be.
   */
  keep(batch: Batch, key: string, entry: Entry<unknown>, before: Entry<unknown> | undefined): boolean;
}

export function createEntries({ memory, generations, clock, random, report }: EntriesOptions): Entries {
  return {
    make(batch, key, value, origin, known) {
      try {
        return toEntry(batch, key, value, origin, known);
      } catch (cause) {
        // Its codec or its policy cannot handle the value. That has to reach the waiters, and the lease has to be released.
        return new Error('the loaded value cannot be stored', { cause });
      }
    },
    keep({ keyClass }, key, entry, before) {
      const isTooLarge = entry.bytes > keyClass.policy.maxBytes;
      // An entry that was invalidated during its load would never be served, and could replace a newer one.
      if (isTooLarge || generations.judge(entry) === 'invalid') {
        count(isTooLarge ? 'too-large' : 'fill-discarded', keyClass.name);
        return false;
      }
      memory.set(key, entry, before);
      return true;
    },
  };

  function count(type: 'too-large' | 'fill-discarded', keyClass: string): void {
    report({ type, keyClass, count: 1 });
  }

  function toEntry(
    batch: Batch,
    key: string,
    value: unknown,
    origin: Origin,
    known: Entry<unknown> | undefined,
  ): NewEntry {
    const { name, policy, codec } = batch.keyClass;
    const { adaptive } = policy;
    const { loadBeganAt } = origin;
    const adapted =
      adaptive && value !== null ? adaptedAges(value, codec, loadBeganAt, known, policy, adaptive) : null;
    const { freshMs, staleMs } = adapted ?? (value === null ? policy.absent : policy);
    const spread = 1 + policy.jitter * (2 * random() - 1);
    const spreadUntil = loadBeganAt + Math.round(freshMs * spread);
    const endsAt = loadBeganAt + staleMs;
    // The next adapted ages are computed from the end of this entry, so jitter moves its freshness alone.
    const freshUntil = adapted ? Math.min(spreadUntil, endsAt) : spreadUntil;
    const staleUntil = Math.max(freshUntil, endsAt);
    const stored = toStored({ loadBeganAt, freshUntil, staleUntil }, clock);
    const envelope = { value, ...origin, freshUntil, staleUntil, tags: tagsOf(batch, key) };
    const { encoded, bytes } = encodeEntry(key, { ...envelope, ...stored }, codec);
    const ttlMs = Math.ceil(staleUntil - clock.monotonic());
    // Another process could never verify an entry of unknown generations.
    const storable = bytes <= policy.maxBytes && !('sequence' in origin.generations) && ttlMs > 0;
    const fill = { key, encoded, ttlMs, loadBeganAt: stored.loadBeganAt };
    if (adapted?.change)
      report({ type: 'lifetime-adapted', keyClass: name, change: adapted.change, freshMs });
    return { entry: { ...envelope, stored, bytes }, fill: storable ? fill : null };
  }
}
