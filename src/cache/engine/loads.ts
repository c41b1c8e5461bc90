import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import type { Report } from '../events.ts';
import type { MemoryStore } from '../memory/memory-store.ts';
import type { Fill } from '../redis/shared-tier.ts';
import type { IsServable } from './dependencies.ts';
import type { Entry } from './entry.ts';
import type { Generations } from './generations.ts';
import { type Batch, type LoadOutcome, LoadTimedOut, runLoad, tagsOf } from './key-class.ts';
import { createSingleFlight } from './single-flight.ts';
import type { Entries, NewEntry } from './tiers.ts';

/** Where a read got a key from: a tier, a load of its own, or a flight that was under way for another read. */
export type ResultSource = 'memory' | 'redis' | 'load' | 'joined';

/**
 * Gives a key its result; the first call counts. Null if another process loads it and the read does not wait. `source`
 * defaults to a load.
 */
export type Settle = (
  key: string,
  outcome: LoadOutcome<Entry<unknown>> | null,
  source?: ResultSource,
) => void;

/** What a load leaves to store in Redis. */
interface Loaded {
  readonly fills: readonly Fill[];
  readonly failed: ReadonlyMap<string, Error>;
}

/** Where a load started from. */
interface LoadOrigin {
  readonly generations: Entry<unknown>['generations'];
  /** The entry that Redis had, valid or not. */
  readonly inRedis: Entry<unknown> | undefined;
}

type OriginOf = (key: string) => LoadOrigin;

export interface LoadsOptions {
  readonly memory: MemoryStore;
  readonly entries: Entries;
  readonly generations: Generations;
  readonly failures: Failures;
  readonly isServable: IsServable;
  readonly clock: Clock;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly report: Report;
}

export interface Loads {
  /**
   * Settles each key from the load under way in this process, or from one that begins now. Keeps loaded entries in memory
   * and remembers failures. Never rejects.
   */
  run(batch: Batch, keys: readonly string[], originOf: OriginOf, settle: Settle): Promise<Loaded>;
  /** The same without a lease: Redis does not answer, or another process has had the lease for too long. */
  runAlone(batch: Batch, keys: readonly string[], settle: Settle): Promise<Loaded>;
  /** How many keys this process is loading. */
  readonly size: number;
}

/** What a load started from. */
interface LoadStart {
  readonly tags: readonly string[];
  readonly generations: Entry<unknown>['generations'];
  /** The entry that memory had. It is older than the loaded value, whatever the clocks say. */
  readonly before: Entry<unknown> | undefined;
  /** The newest known entry of the key, valid or not. The loaded value is compared with it. */
  readonly known: Entry<unknown> | undefined;
}

/** A load of this process that has begun. */
interface OwnLoad extends LoadStart {
  readonly resolve: (outcome: LoadOutcome<NewEntry>) => void;
}

export function createLoads(options: LoadsOptions): Loads {
  const { memory, entries, generations, failures, isServable, clock, sleep, report } = options;
  const flights = createSingleFlight<string, LoadOutcome<NewEntry>, LoadStart>();

  return {
    run,
    runAlone(batch, keys, settle) {
      const originOf = (key: string) => ({
        generations: generations.of(tagsOf(batch, key)),
        inRedis: undefined,
      });
      return run(batch, keys, originOf, settle);
    },
    get size() {
      return flights.size;
    },
  };

  async function run(
    batch: Batch,
    keys: readonly string[],
    originOf: OriginOf,
    settle: Settle,
  ): Promise<Loaded> {
    const fills: Fill[] = [];
    const failed = new Map<string, Error>();
    const finish = (key: string, outcome: LoadOutcome<NewEntry>, source?: ResultSource) => {
      if (outcome instanceof Error) failed.set(key, outcome);
      else if (outcome.fill) fills.push(outcome.fill);
      settle(key, outcome instanceof Error ? outcome : outcome.entry, source);
    };
    const joined: Promise<void>[] = [];
    const own = new Map<string, OwnLoad>();
    for (const key of keys) {
      // A load is judged as the entry that it will give. Nobody joins one that began before an invalidation. Nobody joins
      // one that began before a stall either: this process heard nothing during the stall and has not reached Redis yet.
      const other = flights.join(key, (start) => isServable([start]));
      const failure = failures.get(key);
      if (other) joined.push(other.then((outcome) => finish(key, outcome, 'joined')));
      // Another load of the key failed after the caller last checked.
      else if (failure) finish(key, failure);
      else own.set(key, begin(batch, key, originOf(key)));
    }
    if (own.size > 0) await loadOwn(batch, own, finish);
    await Promise.all(joined);
    return { fills, failed };
  }

  function begin(batch: Batch, key: string, origin: LoadOrigin): OwnLoad {
    const { promise, resolve } = Promise.withResolvers<LoadOutcome<NewEntry>>();
    const before = memory.get(key);
    const tags = tagsOf(batch, key);
    const known = newest(before, origin.inRedis);
    const start = { tags, generations: origin.generations, before, known };
    flights.add(key, promise, start);
    return { ...start, resolve };
  }

  async function loadOwn(
    batch: Batch,
    own: ReadonlyMap<string, OwnLoad>,
    finish: (key: string, outcome: LoadOutcome<NewEntry>) => void,
  ): Promise<void> {
    const { name, policy } = batch.keyClass;
    // Whole milliseconds, so that the differences of an entry's times are exact.
    const loadBeganAt = Math.floor(clock.monotonic());
    const values = await timedLoad(batch, [...own.keys()], sleep);
    const loadMs = clock.monotonic() - loadBeganAt;
    const causes: Error[] = [];
    let kept = 0;
    for (const [key, load] of own) {
      const value = values.get(key);
      const origin = { loadBeganAt, loadMs, generations: load.generations };
      const outcome = value instanceof Error ? value : entries.make(batch, key, value, origin, load.known);
      if (outcome instanceof Error) {
        failures.set(key, outcome, policy.pauseMs);
        causes.push(outcome);
      } else {
        failures.delete(key);
        if (entries.keep(batch, key, outcome.entry, load.before)) kept += 1;
      }
      load.resolve(outcome);
      finish(key, outcome);
    }
    if (kept > 0) report({ type: 'fill', keyClass: name, count: kept });
    const [cause] = causes;
    if (cause) report({ type: 'load-failed', keyClass: name, count: causes.length, cause });
  }
}

/** Loads the keys. After the time limit of their class all of them fail, whatever the load still does. */
async function timedLoad(
  batch: Batch,
  keys: readonly string[],
  sleep: LoadsOptions['sleep'],
): Promise<ReadonlyMap<string, LoadOutcome<unknown>>> {
  const { name, policy, timedOut } = batch.keyClass;
  const { hardTimeoutMs } = policy;
  const ended = new AbortController();
  const fail = () => {
    const cause = new LoadTimedOut(`a load of ${name} took more than ${hardTimeoutMs} ms`);
    const failure = timedOut?.(cause) ?? cause;
    return new Map(keys.map((key) => [key, failure]));
  };
  try {
    const timeout = sleep(hardTimeoutMs, ended.signal).then(fail, fail);
    return await Promise.race([runLoad(batch, keys), timeout]);
  } finally {
    // A load is short and its time limit long: the timers of a busy process would pile up.
    ended.abort();
  }
}

/** Redis may have a newer entry than memory if another process replaced it. */
function newest(
  inMemory: Entry<unknown> | undefined,
  inRedis: Entry<unknown> | undefined,
): Entry<unknown> | undefined {
  if (!inMemory || !inRedis) return inMemory ?? inRedis;
  return inRedis.loadBeganAt > inMemory.loadBeganAt ? inRedis : inMemory;
}

/** Loads that have failed recently. They are not tried again for a pause: every read meanwhile gets the failure. */
export interface Failures {
  get(key: string): Error | undefined;
  set(key: string, failure: Error, pauseMs: number): void;
  delete(key: string): void;
}

const MAX_FAILURES = 10_000;

export function createFailures(clock: Clock): Failures {
  const failures = new LRUCache<string, { readonly failure: Error; readonly until: number }>({
    // Not `max`: LRUCache allocates all slots of it at once.
    maxSize: MAX_FAILURES,
    sizeCalculation: () => 1,
  });
  return {
    get(key) {
      const kept = failures.get(key);
      return kept && clock.monotonic() < kept.until ? kept.failure : undefined;
    },
    set: (key, failure, pauseMs) => void failures.set(key, { failure, until: clock.monotonic() + pauseMs }),
    delete: (key) => void failures.delete(key),
  };
}
