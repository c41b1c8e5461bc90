import type { Clock } from '../clock.ts';
import type { Report } from '../events.ts';
import { type GenerationTokens, type SharedTier, validEntry } from '../redis/shared-tier.ts';
import { judgeAll, readGenerations } from './dependencies.ts';
import { type DerivedItem, UNVERIFIED } from './derived-value.ts';
import { type Codec, encodeEntry } from './encoded-entry.ts';
import { toLocal } from './entry.ts';
import type { Generations } from './generations.ts';
import { UNBOUNDED } from './key-class.ts';
import type { Budget } from './read-options.ts';

export interface DerivedTierOptions<V> {
  /** The kind of the values, as events name it. */
  readonly kind: string;
  readonly keyOf: (name: string) => string;
  readonly codec: Codec<V> & { readonly maxBytes: number };
  readonly shared: SharedTier;
  readonly generations: Generations;
  readonly clock: Clock;
  readonly sleep: (ms: number) => Promise<void>;
  readonly report: Report;
  readonly tripMs: number;
}

/** Derived values in Redis. */
export interface DerivedTier<V> {
  /**
   * The value, if it is alive and valid. `heldNow` gives what memory has under the name. One trip, and a second one for
   * generations that this process does not know. Never rejects.
   */
  read(
    name: string,
    heldNow: () => DerivedItem<V> | undefined,
    budget: Budget,
  ): Promise<DerivedItem<V> | undefined>;
  /** Stores the value, if another process could verify it. Never rejects. */
  write(name: string, item: DerivedItem<V>): Promise<void>;
  /** Reads the current generations of the tags, which this process knows from then on. */
  readGenerations(tags: readonly string[], budget: Budget): Promise<GenerationTokens>;
}

export function createDerivedTier<V>(options: DerivedTierOptions<V>): DerivedTier<V> {
  const { kind, keyOf, codec, shared, generations, clock, sleep, report, tripMs } = options;

  return {
    async read(name, heldNow, budget) {
      try {
        const [found] = (await budget.spend((ms) => shared.read([keyOf(name)], [], codec, ms))).found;
        if (found === 'invalid') report({ type: 'invalid-value', keyClass: kind, count: 1 });
        if (typeof found !== 'object') return undefined;
        const local = toLocal(found, UNBOUNDED, clock, heldNow());
        const item: DerivedItem<V> = { ...local, dependencies: [found], kept: true, verified: UNVERIFIED };
        if (item.staleUntil <= clock.monotonic() || found.staleUntil <= clock.now()) return undefined;
        if (judge(item) === 'valid') return item;
        const tokens = await readTokens(found.tags, budget);
        // By what Redis says now, and by the invalidations that this process has acknowledged meanwhile.
        return validEntry(found, tokens) && judge(item) !== 'invalid' ? item : undefined;
      } catch (cause) {
        report({ type: 'store-failed', operation: 'read', keyClass: kind, cause });
        return undefined;
      }
    },
    async write(name, item) {
      const [dependencies, ...others] = item.dependencies;
      // Other processes cannot verify a value whose generations are unknown, and would take one of unknown age for new.
      const isKnown = dependencies && others.length === 0 && !('sequence' in dependencies.generations);
      if (!isKnown || item.isAgeUnknown) return;
      // Encoding takes a while, and the response has not been sent yet.
      await sleep(0);
      const { value, stored, staleUntil } = item;
      const ttlMs = Math.ceil(staleUntil - clock.monotonic());
      if (ttlMs <= 0) return;
      const key = keyOf(name);
      const { encoded, bytes } = encodeEntry(key, { value, loadMs: 0, ...stored, ...dependencies }, codec);
      if (bytes > codec.maxBytes) return;
      await shared
        .put([{ key, encoded, ttlMs, loadBeganAt: stored.loadBeganAt }], tripMs)
        .catch((cause: unknown) => {
          report({ type: 'store-failed', operation: 'put', keyClass: kind, cause });
        });
    },
    readGenerations: readTokens,
  };

  function judge({ dependencies }: DerivedItem<V>) {
    return judgeAll(generations, dependencies);
  }

  function readTokens(tags: readonly string[], budget: Budget): Promise<GenerationTokens> {
    return budget.spend((ms) => readGenerations(shared, generations, tags, ms));
  }
}
