import type { Budget } from './budget.ts';
import type { Entry } from './entry.ts';

/** Where a read found an entry. */
export type Tier = 'memory' | 'redis' | 'load';

/** An entry that a read returned. */
export interface RecordedEntry {
  readonly entry: Entry<unknown>;
  /** The name of its key class. */
  readonly keyClass: string;
  readonly key: string;
  readonly tier: Tier;
}

export interface ReadOptions {
  /** How long the request may still wait for Redis. Default: a budget of its own. */
  readonly budget?: Budget;
  /**
   * `default`: fresh or stale from the tiers, loaded if they have none.
   * `fresh`: the same, but waits for the refresh of a stale entry. The stale entry is served if that fails, or if another
   * process is refreshing it.
   * `refresh`: from a load that ends after the call: one that begins now and is shared, or one that is under way.
   * `cache-only`: fresh or stale from the tiers, NotCached if they have none. Nothing is loaded or refreshed.
   */
  readonly mode?: 'default' | 'fresh' | 'refresh' | 'cache-only';
  /**
   * The oldest acceptable entry, by when its load began, in milliseconds. An older one is replaced by a newer entry of
   * Redis, or loaded again, before it is served; it is served all the same if that fails. A `refresh` accepts an entry of
   * this age from Redis. Default: any age that the policy allows; a `refresh` loads.
   */
  readonly maxAgeMs?: number;
  /**
   * An entry that stays fresh for less than this is refreshed before it is returned, by this process or by another one that
   * is doing so or has just done so; it is returned all the same if that fails. In milliseconds, and less than the class's
   * `freshMs`, or every read loads. A read with this option keeps entries warm, and does not count as a hit or miss.
   * Default: an entry is returned while it is fresh or stale.
   */
  readonly freshForMs?: number;
  /** No client waits for the result: the read does not count as a hit or miss. Default: false. */
  readonly background?: boolean;
  /** Called for every entry that the read returns, for values that are made of them. */
  readonly record?: (recorded: RecordedEntry) => void;
}

/** The outcome of a `cache-only` read of an entry that is not cached. */
export class NotCached extends Error {
  override name = 'NotCached' as const;
}
