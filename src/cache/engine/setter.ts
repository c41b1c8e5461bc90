import type { Clock } from '../clock.ts';
import type { Report } from '../events.ts';
import type { MemoryStore } from '../memory/memory-store.ts';
import type { Fill, SharedTier } from '../redis/shared-tier.ts';
import { allTagsOf, type Batch, createBatch, tagsOf } from './batch.ts';
import type { Budget } from './budget.ts';
import type { Entries } from './entries.ts';
import type { Entry } from './entry.ts';
import type { Generations } from './generations.ts';
import { InvalidDefinition, type KeyClass } from './key-class.ts';

/**
 * A moment after which values are read from the source, to be `set` afterwards. They are valid by the generations of
 * that moment, so that an invalidation since makes misses of them.
 */
interface Stamp {
  /** By the monotonic clock. */
  readonly takenAt: number;
  readonly generationsByKey: ReadonlyMap<string, Entry<unknown>['generations']>;
}

export interface Setter {
  /** Takes the moment for the ids, before their values are read: one trip to Redis. Where that fails, nothing else does. */
  stamp<I, V>(
    keyClass: KeyClass<I, V>,
    ids: readonly I[],
    options?: { readonly budget?: Budget },
  ): Promise<Stamp>;
  /**
   * Stores values that the caller has read from the source since it took the stamp, as if they had been loaded for it.
   * For values without a load of their own, such as registered documents; warm-up reads through the cache instead.
   * Resolves once Redis has acknowledged or rejected them; a rejection is reported.
   * @throws InvalidDefinition for an id that the stamp was not taken for.
   */
  set<I, V>(keyClass: KeyClass<I, V>, values: ReadonlyMap<I, NoInfer<V>>, stamp: Stamp): Promise<void>;
}

export interface SetterOptions {
  readonly keyPrefix: string;
  readonly memory: MemoryStore;
  readonly shared: SharedTier | null;
  readonly generations: Generations;
  readonly entries: Entries;
  readonly clock: Clock;
  readonly newBudget: () => Budget;
  readonly newToken: () => string;
  readonly report: Report;
  /** Tells the other processes that these keys are loaded. */
  readonly announce: (keys: readonly string[]) => void;
  /** How long a trip may take that no answer waits for. */
  readonly tripMs: number;
}

/** Keeps what was not loaded through the cache. */
export function createSetter(options: SetterOptions): Setter {
  const { keyPrefix, memory, shared, generations, entries, clock } = options;
  const { newBudget, newToken, report, announce, tripMs } = options;

  return {
    async stamp(keyClass, ids, { budget = newBudget() } = {}) {
      const batch = batchOf(keyClass, ids);
      const keys = [...batch.idByKey.keys()];
      if (shared) await learn(batch, keys, shared, budget);
      return {
        takenAt: Math.floor(clock.monotonic()),
        generationsByKey: new Map(keys.map((key) => [key, generations.of(tagsOf(batch, key))])),
      };
    },
    async set(keyClass, values, { takenAt, generationsByKey }) {
      const batch = batchOf(keyClass, [...values.keys()]);
      const loadMs = clock.monotonic() - takenAt;
      // All of them before any is kept: what cannot be set changes nothing.
      const all = [...batch.idByKey.keys()].map((key) => {
        const before = generationsByKey.get(key);
        if (!before) throw new InvalidDefinition(`No stamp exists for ${key}.`);
        const value = values.get(batch.idByKey.get(key) as never);
        const origin = { loadBeganAt: takenAt, loadMs, generations: before };
        const made = entries.make(batch, key, value, origin, memory.get(key));
        if (made instanceof Error) throw made;
        return { key, ...made };
      });
      for (const { key, entry } of all) entries.keep(batch, key, entry, undefined);
      const fills = all.flatMap(({ fill }) => fill ?? []);
      if (shared) await store(batch, fills, shared);
    },
  };

  function batchOf<I, V>(keyClass: KeyClass<I, V>, ids: readonly I[]): Batch {
    return createBatch<I, V>(keyPrefix, keyClass, ids, async () => new Map()) as Batch;
  }

  /** Asks for the generations, made where there are none. Where Redis does not answer, what is known has to do. */
  async function learn(batch: Batch, keys: readonly string[], tier: SharedTier, budget: Budget) {
    const { name, codec } = batch.keyClass;
    const tags = allTagsOf(batch, keys);
    const time = generations.tick();
    const noLease = { owner: newToken(), leaseMs: 1 };
    try {
      const { tokens } = await budget.spend((ms) => tier.acquire([], tags, noLease, codec, ms));
      for (const tag of tags) generations.learn(tag, tokens.get(tag), time);
    } catch (cause) {
      report({ type: 'store-failed', operation: 'stamp', keyClass: name, cause });
    }
  }

  async function store(batch: Batch, fills: readonly Fill[], tier: SharedTier) {
    const { name } = batch.keyClass;
    try {
      await tier.put(fills, tripMs);
      announce(fills.map(({ key }) => key));
    } catch (cause) {
      report({ type: 'store-failed', operation: 'put', keyClass: name, cause });
    }
  }
}
