import type { Entry, LogicalTime } from './entry.ts';
import type { Generations } from './generations.ts';
import { type Batch, checkedTags, type LoadOutcome, tagsOf } from './key-class.ts';
import type { LeasedLoads } from './leased-loads.ts';
import type { Failures, Loads, ResultSource, Settle } from './loads.ts';
import type { Budget, LoadMode } from './read-options.ts';
import { createSingleFlight } from './single-flight.ts';
import type { Tiers } from './tiers.ts';

/** An entry, or why there is none; null if another process loads it and the read does not wait for that. */
export type EntryOutcome = LoadOutcome<Entry<unknown>> | null;

/** What a flight found or loaded for a key. */
export interface FlightResult {
  readonly found: EntryOutcome;
  readonly source: ResultSource;
}

/** `lookup` reads Redis and loads nothing. */
type FlightMode = LoadMode | 'lookup';

/** What a flight started from. */
interface FlightStart {
  readonly tags: readonly string[];
  /** The generations that the flight goes by are no older than this. */
  readonly time: LogicalTime;
  /** The oldest entry of Redis that the flight accepts in place of a load, in milliseconds. */
  readonly maxAgeMs: number;
}

export interface FlightsOptions {
  readonly tiers: Tiers;
  readonly generations: Generations;
  readonly failures: Failures;
  /** Null for a process without Redis. */
  readonly leasedLoads: LeasedLoads | null;
  readonly loads: Loads;
  /** How long a flight may be joined after its generations were read, in milliseconds. */
  readonly trustMs: number;
  readonly newBudget: () => Budget;
  /** Runs work that no request waits for. */
  readonly runInBackground: (work: Promise<unknown>) => void;
}

/** Lookups and loads beyond memory, each key once at a time in this process. */
export interface Flights {
  /**
   * One result a key. Flights of the same mode that are under way are joined; the other keys start together. A `lookup`
   * gives null for what Redis does not have. `maxAgeMs` is the oldest entry of Redis that a `force` accepts, in
   * milliseconds; by default it accepts none and loads.
   */
  join(
    mode: FlightMode,
    batch: Batch,
    keys: readonly string[],
    budget?: Budget,
    maxAgeMs?: number,
  ): Promise<ReadonlyMap<string, FlightResult>>;
  /** Nobody joins the flights of these tags any more. */
  detach(tags: ReadonlySet<string>): void;
  /** How many flights may be joined. */
  readonly size: number;
}

export function createFlights(options: FlightsOptions): Flights {
  const { tiers, generations, failures, leasedLoads, loads } = options;
  const { trustMs, newBudget, runInBackground } = options;
  const newFlights = () => createSingleFlight<string, FlightResult, FlightStart>();
  const flightsByMode = {
    miss: newFlights(),
    force: newFlights(),
    background: newFlights(),
    lookup: newFlights(),
  };

  return {
    async join(mode, batch, keys, budget = newBudget(), maxAgeMs = 0) {
      const flights = flightsByMode[mode];
      const time = generations.tick();
      // Checked before any flight is registered: invalid tags must not leave a flight that never settles.
      const tags = new Map(keys.map((key) => [key, checkedTags(tagsOf(batch, key))]));
      const results = new Map<string, Promise<FlightResult>>();
      const settlers = new Map<string, (result: FlightResult) => void>();
      for (const key of keys) {
        // A flight is joined only within the trust time of its start, and only if it accepts no older entries than this read.
        const joined = flights.join(
          key,
          (start) => start.time.at >= time.at - trustMs && start.maxAgeMs <= maxAgeMs,
        );
        if (joined) {
          results.set(
            key,
            joined.then(({ found }) => ({ found, source: 'joined' })),
          );
          continue;
        }
        const { promise, resolve } = Promise.withResolvers<FlightResult>();
        settlers.set(key, resolve);
        results.set(key, flights.add(key, promise, { tags: tags.get(key) ?? [], time, maxAgeMs }));
      }
      if (settlers.size > 0) start(mode, batch, settlers, budget, maxAgeMs);
      const found = await Promise.all(results.values());
      return new Map([...results.keys()].map((key, index) => [key, found[index] as FlightResult]));
    },
    detach(tags) {
      for (const flights of Object.values(flightsByMode))
        flights.detach((start) => start.tags.some((tag) => tags.has(tag)));
    },
    get size() {
      return Object.values(flightsByMode).reduce((sum, { size }) => sum + size, 0);
    },
  };

  /** A flight outlives the read that started it: others have joined. */
  function start(
    mode: FlightMode,
    batch: Batch,
    settlers: ReadonlyMap<string, (result: FlightResult) => void>,
    budget: Budget,
    maxAgeMs: number,
  ): void {
    const settle: Settle = (key, found, source = 'load') => settlers.get(key)?.({ found, source });
    const keys = [...settlers.keys()];
    runInBackground(
      fly(mode, batch, keys, budget, settle, maxAgeMs).catch((cause: Error) => {
        for (const key of keys) settle(key, cause);
      }),
    );
  }

  /** Reads Redis, then loads what it does not have, except for keys whose load has just failed. */
  async function fly(
    mode: FlightMode,
    batch: Batch,
    keys: readonly string[],
    budget: Budget,
    settle: Settle,
    maxAgeMs: number,
  ): Promise<void> {
    let redisAnswered = true;
    let missing = keys;
    if (mode === 'miss' || mode === 'lookup') {
      const { inMemory, inRedis, reached } = await tiers.readShared(batch, keys, budget);
      for (const [key, entry] of inMemory) settle(key, entry, 'memory');
      for (const [key, entry] of inRedis) settle(key, entry, 'redis');
      missing = keys.filter((key) => !inMemory.has(key) && !inRedis.has(key));
      redisAnswered = reached;
    }
    if (mode === 'lookup') {
      for (const key of missing) settle(key, null);
      return;
    }
    const failed = new Map(missing.map((key) => [key, failures.get(key)]));
    for (const [key, failure] of failed) if (failure) settle(key, failure);
    const wanted = missing.filter((key) => !failed.get(key));
    if (wanted.length === 0) return;
    if (leasedLoads && redisAnswered) await leasedLoads.run(batch, wanted, mode, budget, settle, maxAgeMs);
    else await loads.runAlone(batch, wanted, settle);
  }
}
