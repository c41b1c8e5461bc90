import type { Budget } from './budget.ts';
import type { Entry } from './entry.ts';

/** Where a read found an entry. */
export type Tier = 'memory' | 'redis' | 'load';

/** An entry that a read gave. */
export interface RecordedEntry {
  readonly entry: Entry<unknown>;
  /** Its class, by name. */
  readonly keyClass: string;
  readonly key: string;
  readonly tier: Tier;
}

export interface ReadOptions {
  /** What this request may still spend on Redis. Default: a budget of its own. */
  readonly budget?: Budget;
  /**
   * `default`: fresh or stale from the tiers, loaded where they have none.
   * `fresh`: the same, and waits for the refresh of what is stale, which stands where that fails or another process is
   * about it.
   * `refresh`: from a load that ends after the call: one that begins now, shared with all who want one, or is under way.
   * `cache-only`: fresh or stale from the tiers, NotCached where they have none; nothing is loaded or renewed.
   */
  readonly mode?: 'default' | 'fresh' | 'refresh' | 'cache-only';
  /**
   * What began to load longer ago is taken newer from Redis, or is loaded again, before it is given; it stands where that
   * fails. A `refresh` takes what Redis holds of this age. In milliseconds. Default: any age that the policy allows, and
   * for a `refresh` only what ends after the call.
   */
  readonly maxAgeMs?: number;
  /**
   * What will be fresh for less than this is renewed before it is given, by this process or by one that is about it or
   * has just been; it stands where that fails. In milliseconds, and below the class's `freshMs`, or every read loads.
   * A read that names it keeps ready what others may want: it does not count as asking for it. Default: given for as
   * long as it is fresh, and stale after that.
   */
  readonly freshForMs?: number;
  /** Nobody waits for what it gives, which stands ready for others: it does not count as asking for it. Default: false. */
  readonly background?: boolean;
  /** Is told of every entry that is given, for what is made of them. */
  readonly record?: (recorded: RecordedEntry) => void;
}

/** What `cache-only` gives for what is not cached. */
export class NotCached extends Error {
  override name = 'NotCached' as const;
}

/** Whether a client asked for the read, so that it counts as a hit or miss and makes its tags popular. */
export function isCounted(read: ReadOptions | undefined): boolean {
  return read?.freshForMs === undefined && read?.background !== true;
}
