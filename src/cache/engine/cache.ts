import type { Clock } from '../clock.ts';
import type { InvalidationSource, Report } from '../events.ts';
import type { MemoryStore } from '../memory/memory-store.ts';
import type { SharedTier } from '../redis/shared-tier.ts';
import type { Backplane } from './backplane.ts';
import { createIsServable } from './dependencies.ts';
import { createDerivedStore, type DerivedDefinition, type DerivedStore } from './derived.ts';
import { createExclusiveJobs, type ExclusiveJobs } from './exclusive.ts';
import { createFlights } from './flights.ts';
import { createGenerations } from './generations.ts';
import { createInspector, type Inspector } from './inspector.ts';
import { createInvalidator, type Invalidation } from './invalidator.ts';
import { createLeasedLoads, createWaiters } from './leased-loads.ts';
import type { FailureCodec } from './leases.ts';
import { createFailures, createLoads } from './loads.ts';
import { createPopularity, type PopularTag } from './popularity.ts';
import { type Budget, createBudget } from './read-options.ts';
import { createReads, publishReads, type Reads } from './reads.ts';
import { createEntries, createTiers } from './tiers.ts';
import { createWatch, type Watch } from './watch.ts';

export type { Load } from './key-class.ts';
export type { ReadOptions, RecordedEntry } from './read-options.ts';

/** A read-through cache of two tiers, this process's memory and Redis, whose entries are invalidated by tag. */
export interface Cache extends Reads, ExclusiveJobs, Inspector {
  /** The start of the keys of its entries. Caches with different prefixes may still share their generations. */
  readonly keyPrefix: string;
  /**
   * Makes every entry of the tags a miss, however many there are. When this resolves, this process serves nothing older;
   * every other process does the same within the trust time. `source` is the origin of the invalidation. Default: `operator`.
   * @throws InvalidationNotAcknowledged if Redis did not acknowledge it: parts of it may have taken effect. Retrying is safe.
   */
  invalidate(tags: readonly string[], source?: InvalidationSource): Promise<Invalidation>;
  /** A store of values that are made of entries, and are invalid when one of those is. */
  derived<V>(definition: DerivedDefinition<V>): DerivedStore<V>;
  /** For values that are held beyond a request. */
  readonly watch: Watch;
  /** How long one request may wait for Redis. Pass it to every read of the request. */
  newBudget(): Budget;
  /** The matching tags that this process read most in the last minutes, most read first. */
  hottest(count: number, matching?: (tag: string) => boolean): readonly PopularTag[];
  /** What the engine holds now. Cheap to call. */
  usage(): CacheUsage;
  /** Resolves when no refresh and no write to Redis is under way. */
  idle(): Promise<void>;
}

interface CacheUsage {
  /** About how much heap the entries in memory take. */
  readonly entryBytes: number;
  readonly entries: number;
  /** Flights under way: each serves all reads of its key. */
  readonly flights: number;
  /** Keys that another process loads and reads of this process wait for. */
  readonly waiters: number;
  /** Keys that this process loads. */
  readonly loads: number;
}

export interface CacheOptions {
  /** The start of the keys of entries, leases, failures and locks. */
  readonly keyPrefix: string;
  readonly memory: MemoryStore;
  /** The tier that processes share, and the messages between them; null for a process by itself. */
  readonly shared: SharedTier | null;
  readonly backplane: Backplane | null;
  readonly clock: Clock;
  /** Resolves after `ms`; rejects when `signal` aborts before. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** A random token that no process gives twice. */
  readonly newToken: () => string;
  readonly report: Report;
  readonly failureCodec: FailureCodec;
  /** How long this process trusts its memory before it reads the generations from Redis again, in milliseconds. */
  readonly trustMs: number;
  /** The longest that a request without a budget of its own waits for Redis, in milliseconds. */
  readonly budgetMs: number;
  readonly leaseMs: number;
  /** How long a trip to Redis may take that no request waits for, in milliseconds. */
  readonly tripMs: number;
}

export function createCache(options: CacheOptions): Cache {
  const { shared, backplane, clock, sleep, newToken, report } = options;
  // Without Redis this process is the only authority on its generations, and trusts them for ever.
  const trustMs = shared ? options.trustMs : Number.POSITIVE_INFINITY;
  const generations = createGenerations({ trustMs, clock, newToken: shared ? null : newToken });
  const failures = createFailures(clock);
  const waiters = createWaiters(sleep);
  const popularity = createPopularity({ clock });
  const background = new Set<Promise<unknown>>();
  const isServable = createIsServable(generations, shared);
  const tiers = createTiers({ ...options, generations, isServable });
  const entries = createEntries({ ...options, generations });
  const loads = createLoads({ ...options, entries, generations, failures, isServable });
  const announce = (keys: readonly string[]) => {
    waiters.wake(keys);
    backplane?.publish({ type: 'settled', keys });
  };
  const parts = {
    ...options,
    ...{ generations, failures, popularity, tiers, entries, loads, waiters, isServable },
    ...{ trustMs, newBudget, runInBackground, announce },
  };
  const leasedLoads = shared && createLeasedLoads({ ...parts, shared });
  const flights = createFlights({ ...parts, leasedLoads });
  const { notify, ...watch } = createWatch(parts);
  const invalidator = createInvalidator({ ...parts, detach: flights.detach, notify });
  const reads = createReads({ ...parts, flights });
  const inspector = createInspector({ ...options, currentToken: generations.tokenOf });

  backplane?.listen(
    (message) => {
      if (message.type === 'settled') waiters.wake(message.keys);
      else invalidator.hear(message.tags);
    },
    () => {
      generations.markUnverified();
      notify(null);
    },
  );

  return {
    keyPrefix: options.keyPrefix,
    ...publishReads(reads),
    ...createExclusiveJobs(options),
    invalidate: invalidator.invalidate,
    derived: (definition) => createDerivedStore(definition, parts),
    watch,
    ...inspector,
    hottest: popularity.top,
    usage() {
      const { bytes, items } = options.memory.usage();
      const underWay = { flights: flights.size, waiters: waiters.size, loads: loads.size };
      return { entryBytes: bytes, entries: items, ...underWay };
    },
    newBudget,
    idle,
  };

  async function idle() {
    while (background.size > 0) await Promise.all(background);
  }

  function newBudget(): Budget {
    return createBudget(options.budgetMs, clock, report);
  }

  function runInBackground(work: Promise<unknown>): void {
    const done = work
      .catch((cause: unknown) => report({ type: 'background-failed', cause }))
      .finally(() => background.delete(done));
    background.add(done);
  }
}
