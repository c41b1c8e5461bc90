import type { LoadMode } from './acceptable.ts';
import { type Batch, type LoadOutcome, tagsOf } from './batch.ts';
import type { Budget } from './budget.ts';
import type { Entry } from './entry.ts';
import type { Failures } from './failures.ts';
import type { Generations } from './generations.ts';
import { checkedTags } from './key-class.ts';
import type { LeasedLoads } from './leased-loads.ts';
import type { Loads, ResultSource, Settle } from './loads.ts';
import { createSingleFlight } from './single-flight.ts';
import type { Tiers } from './tiers.ts';

/** `lookup` takes what Redis has, and loads nothing. */
type FlightMode = LoadMode | 'lookup';

/** What a run found or loaded for a key; null where another process loads it and nobody waits for that. */
export type EntryOutcome = LoadOutcome<Entry<unknown>> | null;

export interface FlightResult {
  readonly found: EntryOutcome;
  readonly source: ResultSource;
}

export interface FlightsOptions {
  readonly tiers: Tiers;
  readonly generations: Generations;
  readonly failures: Failures;
  /** Null for a process without a Redis. */
  readonly leasedLoads: LeasedLoads | null;
  readonly loads: Loads;
  /** For how long a run may be joined after it asked for the generations, in milliseconds. */
  readonly trustMs: number;
  readonly newBudget: () => Budget;
  /** Runs work that no request waits for. */
  readonly runInBackground: (work: Promise<unknown>) => void;
}

export interface Flights {
  /**
   * One result a key: keys that are under way for this mode are joined, the others take off together. `lookup` is
   * for what Redis holds, and null where that is nothing. `maxAgeMs` is how old what Redis holds may be that a
   * `refresh` takes, in milliseconds; by default it takes nothing and loads.
   */
  join(
    mode: FlightMode,
    batch: Batch,
    keys: readonly string[],
    budget?: Budget,
    maxAgeMs?: number,
  ): Promise<ReadonlyMap<string, FlightResult>>;
  /** Nobody joins the runs of these tags any more. */
  detach(tags: ReadonlySet<string>): void;
  /** How many are under way that may be joined. */
  readonly size: number;
}

/** Looks and loads beyond memory, each key once at a time in this process. */
export function createFlights(options: FlightsOptions): Flights {
  const { tiers, generations, failures, leasedLoads, loads } = options;
  const { trustMs, newBudget, runInBackground } = options;
  const flightsByMode = {
    miss: createSingleFlight<FlightResult>(),
    force: createSingleFlight<FlightResult>(),
    background: createSingleFlight<FlightResult>(),
    lookup: createSingleFlight<FlightResult>(),
  };

  return {
    async join(mode, batch, keys, budget = newBudget(), maxAgeMs = 0) {
      const time = generations.tick();
      const results = new Map<string, Promise<FlightResult>>();
      const settlers = new Map<string, (landed: FlightResult) => void>();
      // Before any is registered: tags that cannot be told must not leave a run behind that never ends.
      const tags = new Map(keys.map((key) => [key, checkedTags(tagsOf(batch, key))]));
      for (const key of keys) {
        // What a run took off from may be believed for as long as memory may.
        const joined = flightsByMode[mode].joinable(key, time.at - trustMs, maxAgeMs);
        if (joined) {
          results.set(key, joined.then(toJoined));
          continue;
        }
        const { promise, resolve } = Promise.withResolvers<FlightResult>();
        results.set(key, promise);
        settlers.set(key, resolve);
        flightsByMode[mode].add(key, { result: promise, tags: tags.get(key) ?? [], time, maxAgeMs });
      }
      if (settlers.size > 0) takeOff(mode, batch, settlers, budget, maxAgeMs);
      return new Map(
        await Promise.all([...results].map(async ([key, result]) => [key, await result] as const)),
      );
    },
    detach(tags) {
      for (const each of Object.values(flightsByMode)) each.detach(tags);
    },
    get size() {
      return Object.values(flightsByMode).reduce((sum, { size }) => sum + size, 0);
    },
  };

  function takeOff(
    mode: FlightMode,
    batch: Batch,
    settlers: ReadonlyMap<string, (landed: FlightResult) => void>,
    budget: Budget,
    maxAgeMs: number,
  ): void {
    const settle: Settle = (key, found, source = 'load') => settlers.get(key)?.({ found, source });
    const keys = [...settlers.keys()];
    runInBackground(
      run(mode, batch, keys, budget, settle, maxAgeMs).catch((cause: Error) => {
        for (const key of keys) settle(key, cause);
      }),
    );
  }

  async function run(
    mode: FlightMode,
    batch: Batch,
    keys: readonly string[],
    budget: Budget,
    settle: Settle,
    maxAgeMs: number,
  ): Promise<void> {
    let reached = true;
    let missing = keys;
    if (mode === 'miss' || mode === 'lookup') {
      const read = await tiers.readShared(batch, keys, budget);
      const { inMemory, inRedis } = read;
      for (const [key, entry] of inMemory) settle(key, entry, 'memory');
      for (const [key, entry] of inRedis) settle(key, entry, 'redis');
      missing = keys.filter((key) => !inMemory.has(key) && !inRedis.has(key));
      reached = read.reached;
    }
    if (mode === 'lookup') {
      for (const key of missing) settle(key, null);
      return;
    }
    const paused = new Map(missing.map((key) => [key, failures.get(key)]));
    for (const [key, failure] of paused) if (failure) settle(key, failure);
    const wanted = missing.filter((key) => !paused.get(key));
    if (wanted.length === 0) return;
    if (leasedLoads && reached) await leasedLoads.run(batch, wanted, mode, budget, settle, maxAgeMs);
    else await loads.runAlone(batch, wanted, settle);
  }
}

function toJoined({ found }: FlightResult): FlightResult {
  return { found, source: 'joined' };
}
