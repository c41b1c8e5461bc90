import type { Clock } from '../clock.ts';
import type { Report } from '../events.ts';
import type { MemoryStore } from '../memory/memory-store.ts';
import type { Fill } from '../redis/shared-tier.ts';
import { adaptedAges } from './adaptive.ts';
import { type Batch, type LoadOutcome, tagsOf } from './batch.ts';
import { encodeEntry } from './codec.ts';
import { type Entry, toStored } from './entry.ts';
import type { Generations } from './generations.ts';

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
      adaptive && value !== null ? adaptedAges(value, loadBeganAt, known, policy, adaptive) : null;
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
