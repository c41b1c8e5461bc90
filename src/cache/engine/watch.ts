import type { Clock } from '../clock.ts';
import type { SharedTier } from '../redis/shared-tier.ts';
import { dependenciesOf, judgeAll, readGenerations } from './dependencies.ts';
import { inheritTimes } from './derived-value.ts';
import type { Entry } from './entry.ts';
import type { Generations } from './generations.ts';

/**
 * What a value made of entries is worth now. `current`: fresh and verified within the trust time. `unverified`: the
 * generations must be read first. `stale`: its freshness has ended. `invalid`: a tag was invalidated, or the value has
 * ended.
 */
type WatchedState = 'current' | 'unverified' | 'stale' | 'invalid';

/** A value made of entries, as far as its validity is concerned. */
export interface Watched {
  readonly tags: readonly string[];
  /** When its oldest entry was loaded, by the monotonic clock; infinite without entries. */
  readonly loadBeganAt: number;
  state(): WatchedState;
}

/** For values that are held beyond a request, and that must follow their entries. */
export interface Watch {
  /** How long this process trusts what it knows of generations, in milliseconds. */
  readonly trustMs: number;
  /** `until` is when the value ends at the latest, in milliseconds since the epoch. */
  watched(sources: readonly Entry<unknown>[], until: number): Watched;
  /**
   * Calls the listener after each invalidation that this process has acknowledged or heard of, when its generations are
   * known. Null stands for a gap in the messages: any tag may have been invalidated.
   */
  onInvalidated(listener: (tags: readonly string[] | null) => void): void;
  /** Reads the generations of the tags from Redis. Rejects if Redis does not reply in time. */
  verify(tags: readonly string[]): Promise<void>;
}

export interface WatchOptions {
  readonly shared: SharedTier | null;
  readonly generations: Generations;
  readonly clock: Clock;
  readonly trustMs: number;
  /** How long a trip to Redis may take, in milliseconds. */
  readonly tripMs: number;
}

/** Most watched values have a handful of tags, and many have the same. */
const TAGS_PER_TRIP = 2000;

export function createWatch(options: WatchOptions): Watch & { notify(tags: readonly string[] | null): void } {
  const { shared, generations, clock, trustMs, tripMs } = options;
  const listeners: ((tags: readonly string[] | null) => void)[] = [];

  return {
    trustMs,
    watched(sources, until) {
      const dependencies = dependenciesOf(sources);
      const { loadBeganAt, freshUntil } = inheritTimes(sources, until, clock);
      return {
        tags: [...new Set(sources.flatMap(({ tags }) => tags))],
        loadBeganAt,
        state() {
          const verdict = dependencies ? judgeAll(generations, dependencies) : 'invalid';
          if (verdict === 'invalid' || clock.now() >= until) return 'invalid';
          if (clock.monotonic() >= freshUntil) return 'stale';
          return verdict === 'valid' ? 'current' : 'unverified';
        },
      };
    },
    onInvalidated: (listener) => void listeners.push(listener),
    notify(tags) {
      for (const listener of listeners) listener(tags);
    },
    async verify(tags) {
      if (!shared) return;
      const trips: Promise<unknown>[] = [];
      for (let from = 0; from < tags.length; from += TAGS_PER_TRIP)
        trips.push(readGenerations(shared, generations, tags.slice(from, from + TAGS_PER_TRIP), tripMs));
      await Promise.all(trips);
    },
  };
}
