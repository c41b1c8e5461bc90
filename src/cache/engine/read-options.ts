import type { Clock } from '../clock.ts';
import type { Report } from '../events.ts';
import type { MemoryStore } from '../memory/memory-store.ts';
import { STALL_MS } from '../stalls.ts';
import { type Entry, freshness } from './entry.ts';

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
   * `refresh`: from a load that ends after the call: one that begins now and is shared, or one that is under way.
   * `cache-only`: fresh or stale from the tiers, NotCached if they have none. Nothing is loaded or refreshed.
   */
  readonly mode?: 'default' | 'refresh' | 'cache-only';
  /**
   * Waits for the refresh of a stale entry. The stale entry is served if that fails, or if another process is refreshing
   * it. Default: false.
   */
  readonly awaitRefresh?: boolean;
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

/** The longest that one request waits for Redis, all its Redis work together. */
export interface Budget {
  /** Makes a trip with the rest of the budget as its time limit. Rejects with BudgetSpent if nothing is left. */
  spend<T>(trip: (timeoutMs: number) => Promise<T>): Promise<T>;
}

class BudgetSpent extends Error {
  override name = 'BudgetSpent' as const;
}

/**
 * Concurrent trips are one wait, and are reported as one: the time counts in which at least one trip is under way.
 * `budgetMs` is in milliseconds.
 */
export function createBudget(budgetMs: number, clock: Clock, report: Report): Budget {
  let leftMs = budgetMs;
  let underWay = 0;
  let since = 0;
  return {
    async spend(trip) {
      const startedAt = clock.monotonic();
      const left = underWay > 0 ? leftMs - (startedAt - since) : leftMs;
      if (left <= 0) throw new BudgetSpent('the Redis budget of this request is spent');
      if (underWay === 0) since = startedAt;
      underWay += 1;
      try {
        return await trip(left);
      } finally {
        underWay -= 1;
        if (underWay === 0) {
          const durationMs = clock.monotonic() - since;
          // A longer duration means that this process was suspended, not that it waited for Redis.
          if (durationMs <= left + STALL_MS) leftMs -= durationMs;
          report({ type: 'budget-spent', durationMs });
        }
      }
    },
  };
}

/** Whether the entry is too old for the read: by its age, or by how long it stays fresh. */
export function isTooOld(entry: Entry<unknown>, read: ReadOptions, readAt: number): boolean {
  return isOverAge(entry, read, readAt) || endsTooSoon(entry, read, readAt);
}

/** Whether the load of the entry began longer ago than the read accepts, or at an unknown time. */
export function isOverAge(entry: Entry<unknown>, { maxAgeMs }: ReadOptions, readAt: number): boolean {
  if (maxAgeMs === undefined) return false;
  return entry.isAgeUnknown === true || readAt - entry.loadBeganAt > maxAgeMs;
}

/** Whether the entry is fresh for less time than the read requires. */
export function endsTooSoon(entry: Entry<unknown>, { freshForMs }: ReadOptions, readAt: number): boolean {
  return freshForMs !== undefined && entry.freshUntil - readAt < freshForMs;
}

/**
 * `miss`: the read waits, for the load of another process too. `force`: the read wants a newer entry than there is.
 * `background`: nobody waits, and there is nothing to do while another process loads.
 */
export type LoadMode = 'miss' | 'force' | 'background';

/** Whether an entry of Redis satisfies a load of this process, in place of a value from the source. */
export type IsAcceptable = (key: string, entry: Entry<unknown> | null) => entry is Entry<unknown>;

/**
 * The rule for one load of the keys. `maxAgeMs` is the age up to which a `force` accepts the first entry that it finds,
 * in milliseconds; with 0 it accepts none. The other modes go by freshness alone.
 */
export function createIsAcceptable(
  mode: LoadMode,
  keys: readonly string[],
  maxAgeMs: number,
  { memory, clock }: { readonly memory: MemoryStore; readonly clock: Clock },
): IsAcceptable {
  const startedAt = clock.monotonic();
  const seen = new Map<string, number | null>();
  // A background load replaces the entry that memory has now. That may be fresh, and be found fresh in Redis again.
  if (mode === 'background') for (const key of keys) seen.set(key, loadBeganAt(memory.get(key)));

  return (key, entry): entry is Entry<unknown> => {
    if (mode === 'force' && !seen.has(key)) {
      // From then on it accepts an entry of another process only if that came after this first look.
      seen.set(key, loadBeganAt(entry));
      return entry !== null && isNewEnough(entry);
    }
    if (entry === null) return false;
    if (mode === 'miss') return freshness(entry, clock.monotonic()) !== 'dead';
    if (mode === 'background' && freshness(entry, clock.monotonic()) !== 'fresh') return false;
    return seen.get(key) !== loadBeganAt(entry);
  };

  function isNewEnough(entry: Entry<unknown>): boolean {
    if (maxAgeMs === 0 || entry.isAgeUnknown) return false;
    const isYoung = startedAt - entry.loadBeganAt <= maxAgeMs;
    return isYoung && freshness(entry, clock.monotonic()) === 'fresh';
  }
}

function loadBeganAt(entry: Entry<unknown> | null | undefined): number | null {
  return entry?.stored.loadBeganAt ?? null;
}
