import type { Clock } from '../clock.ts';
import type { Report } from '../events.ts';
import type { MemoryStore } from '../memory/memory-store.ts';
import type { Fill } from '../redis/shared-tier.ts';
import { type Batch, type LoadOutcome, runLoad, tagsOf } from './batch.ts';
import type { Entries, NewEntry } from './entries.ts';
import type { Entry } from './entry.ts';
import type { Failures } from './failures.ts';
import type { Generations } from './generations.ts';
import { LoadTimedOut } from './key-class.ts';
import type { IsServable } from './servable.ts';

/** Where a read had a key from: a tier, a load that was made for it, or a run that was under way for another read. */
export type ResultSource = 'memory' | 'redis' | 'load' | 'joined';

/**
 * Gives a key its result; the first counts. Null where another process is loading and nobody waits for it. `source` is
 * where it was found, unless it had to be loaded.
 */
export type Settle = (
  key: string,
  outcome: LoadOutcome<Entry<unknown>> | null,
  source?: ResultSource,
) => void;

/** What a load leaves to be told to Redis. */
interface Loaded {
  readonly fills: readonly Fill[];
  readonly failed: ReadonlyMap<string, Error>;
}

/** What was known of a key before its load. */
interface LoadOrigin {
  readonly generations: Entry<unknown>['generations'];
  /** What Redis held, valid or not. */
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
   * Settles each key from the load of it that is under way in this process, or from one that begins now: keeps in
   * memory what comes, and remembers what fails. Never rejects.
   */
  run(batch: Batch, keys: readonly string[], originOf: OriginOf, settle: Settle): Promise<Loaded>;
  /** The same where no lease guards the loads: Redis does not answer, or another process has held it for too long. */
  runAlone(batch: Batch, keys: readonly string[], settle: Settle): Promise<Loaded>;
  /** How many keys are being loaded by this process. */
  readonly size: number;
}

/** A load that has not ended, which whoever would load the key too joins. */
interface UnderWay {
  readonly tags: readonly string[];
  readonly generations: Entry<unknown>['generations'];
  /** What memory held when it began, which is older than what it brings, whatever the clocks say. */
  readonly before: Entry<unknown> | undefined;
  /** The last that was known of the key, valid or not: what comes is compared with it. */
  readonly known: Entry<unknown> | undefined;
  readonly landing: Promise<LoadOutcome<NewEntry>>;
  readonly land: (made: LoadOutcome<NewEntry>) => void;
}

export function createLoads({
  memory,
  entries,
  generations,
  failures,
  isServable,
  clock,
  sleep,
  report,
}: LoadsOptions): Loads {
  const underWay = new Map<string, UnderWay>();

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
      return underWay.size;
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
    const take = (key: string, made: LoadOutcome<NewEntry>, source?: ResultSource) => {
      if (made instanceof Error) failed.set(key, made);
      else if (made.fill) fills.push(made.fill);
      settle(key, made instanceof Error ? made : made.entry, source);
    };
    const landings: Promise<void>[] = [];
    const own = new Map<string, UnderWay>();
    for (const key of keys) {
      const other = underWay.get(key);
      const failure = failures.get(key);
      // It is judged as the entry that it will give: one that began before an invalidation is nobody's to join. Nor is
      // one that began before a stall, in which nothing was heard: Redis will say, and could not be asked yet.
      if (other && isServable([other]))
        landings.push(other.landing.then((made) => take(key, made, 'joined')));
      // It failed while the caller was on its way here.
      else if (failure) take(key, failure);
      else own.set(key, takeOff(batch, key, originOf(key)));
    }
    if (own.size > 0) await loadOwn(batch, own, take);
    await Promise.all(landings);
    return { fills, failed };
  }

  function takeOff(batch: Batch, key: string, origin: LoadOrigin): UnderWay {
    const { promise: landing, resolve: land } = Promise.withResolvers<LoadOutcome<NewEntry>>();
    const before = memory.get(key);
    const load = {
      tags: tagsOf(batch, key),
      generations: origin.generations,
      before,
      known: latest(before, origin.inRedis),
      landing,
      land,
    };
    underWay.set(key, load);
    return load;
  }

  async function loadOwn(
    batch: Batch,
    own: ReadonlyMap<string, UnderWay>,
    take: (key: string, made: LoadOutcome<NewEntry>) => void,
  ): Promise<void> {
    const { name, policy } = batch.keyClass;
    // Whole milliseconds, so that the differences of an entry's times are exact.
    const loadBeganAt = Math.floor(clock.monotonic());
    const outcomes = await timedLoad(batch, [...own.keys()]);
    const loadMs = clock.monotonic() - loadBeganAt;
    const causes: Error[] = [];
    let kept = 0;
    for (const [key, load] of own) {
      const outcome = outcomes.get(key);
      const origin = { loadBeganAt, loadMs, generations: load.generations };
      const made = outcome instanceof Error ? outcome : entries.make(batch, key, outcome, origin, load.known);
      if (made instanceof Error) {
        failures.set(key, made, policy.pauseMs);
        causes.push(made);
      } else {
        failures.delete(key);
        if (entries.keep(batch, key, made.entry, load.before)) kept += 1;
      }
      if (underWay.get(key) === load) underWay.delete(key);
      load.land(made);
      take(key, made);
    }
    if (kept > 0) report({ type: 'fill', keyClass: name, count: kept });
    const [cause] = causes;
    if (cause) report({ type: 'load-failed', keyClass: name, count: causes.length, cause });
  }

  async function timedLoad(
    batch: Batch,
    keys: readonly string[],
  ): Promise<ReadonlyMap<string, LoadOutcome<unknown>>> {
    const { name, policy, timedOut } = batch.keyClass;
    const { hardTimeoutMs } = policy;
    const ended = new AbortController();
    const late = () => {
      const cause = new LoadTimedOut(`a load of ${name} took more than ${hardTimeoutMs} ms`);
      const failure = timedOut?.(cause) ?? cause;
      return new Map(keys.map((key) => [key, failure]));
    };
    try {
      const tooLate = sleep(hardTimeoutMs, ended.signal).then(late, late);
      return await Promise.race([runLoad(batch, keys), tooLate]);
    } finally {
      // A load is short and its timeout long: the timers of a busy process would pile up.
      ended.abort();
    }
  }
}

/** Another process may have replaced what this one still holds. */
function latest(
  inMemory: Entry<unknown> | undefined,
  inRedis: Entry<unknown> | undefined,
): Entry<unknown> | undefined {
  if (!inMemory || !inRedis) return inMemory ?? inRedis;
  return inRedis.loadBeganAt > inMemory.loadBeganAt ? inRedis : inMemory;
}
