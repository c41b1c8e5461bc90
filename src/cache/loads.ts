import { type Batch, type Outcome, runLoad, tagsOf } from './batch.ts';
import { encodeEntry } from './codec.ts';
import type { Entry } from './entry.ts';
import type { Report } from './events.ts';
import type { Failures } from './failures.ts';
import type { Generations } from './generations.ts';
import type { MemoryStore } from './memory-store.ts';
import type { Fill } from './shared-tier.ts';

/** Gives a key its result; the first counts. Null where another process is loading and nobody waits for it. */
export type Settle = (key: string, outcome: Outcome<Entry<unknown>> | null) => void;

/** What a load leaves to be told to Redis. */
export interface Loaded {
  readonly fills: readonly Fill[];
  readonly failed: ReadonlyMap<string, Error>;
}

/** The generations of a key from before its load, null where they are not known. */
type GenerationsOf = (key: string) => readonly string[] | null;

export interface LoadsOptions {
  readonly memory: MemoryStore;
  readonly generations: Generations;
  readonly failures: Failures;
  readonly clock: { now(): number };
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly random: () => number;
  readonly report: Report;
}

export interface Loads {
  /**
   * Settles each key from the load of it that is under way in this process, or from one that begins now: keeps in
   * memory what comes, and remembers what fails. Never rejects.
   */
  run(batch: Batch, keys: readonly string[], generationsOf: GenerationsOf, settle: Settle): Promise<Loaded>;
}

interface Made {
  readonly entry: Entry<unknown>;
  /** Null for what is not to be stored. */
  readonly fill: Fill | null;
}

/** A load that has not ended, which whoever would load the key too joins. */
interface UnderWay {
  readonly tags: readonly string[];
  readonly generations: readonly string[] | null;
  readonly loadBeganAt: number;
  readonly landing: Promise<Outcome<Made>>;
  readonly land: (made: Outcome<Made>) => void;
}

/** A load that took longer than its class allows. */
class LoadTimedOut extends Error {
  override name = 'LoadTimedOut' as const;
}

export function createLoads({
  memory,
  generations,
  failures,
  clock,
  sleep,
  random,
  report,
}: LoadsOptions): Loads {
  const underWay = new Map<string, UnderWay>();

  return {
    async run(batch, keys, generationsOf, settle) {
      const fills: Fill[] = [];
      const failed = new Map<string, Error>();
      const take = (key: string, made: Outcome<Made>) => {
        if (made instanceof Error) failed.set(key, made);
        else if (made.fill) fills.push(made.fill);
        settle(key, made instanceof Error ? made : made.entry);
      };
      const landings: Promise<void>[] = [];
      const own = new Map<string, UnderWay>();
      const loadBeganAt = clock.now();
      for (const key of keys) {
        const other = underWay.get(key);
        const failure = failures.get(key, loadBeganAt);
        // It is judged as the entry that it will give: one that began before an invalidation is nobody's to join.
        if (other && generations.judge(other, loadBeganAt) !== 'invalid')
          landings.push(other.landing.then((made) => take(key, made)));
        // It failed while the caller was on its way here.
        else if (failure) take(key, failure);
        else own.set(key, takeOff(batch, key, loadBeganAt, generationsOf(key)));
      }
      if (own.size > 0) await loadOwn(batch, own, loadBeganAt, take);
      await Promise.all(landings);
      return { fills, failed };
    },
  };

  function takeOff(
    batch: Batch,
    key: string,
    loadBeganAt: number,
    before: readonly string[] | null,
  ): UnderWay {
    const { promise: landing, resolve: land } = Promise.withResolvers<Outcome<Made>>();
    const load = { tags: tagsOf(batch, key), generations: before, loadBeganAt, landing, land };
    underWay.set(key, load);
    return load;
  }

  async function loadOwn(
    batch: Batch,
    own: ReadonlyMap<string, UnderWay>,
    loadBeganAt: number,
    take: (key: string, made: Outcome<Made>) => void,
  ): Promise<void> {
    const { name, policy } = batch.keyClass;
    const outcomes = await timedLoad(batch, [...own.keys()]);
    const loadMs = clock.now() - loadBeganAt;
    const causes: Error[] = [];
    for (const [key, load] of own) {
      const outcome = outcomes.get(key) as Outcome<unknown>;
      const made = tryToEntry(batch, key, outcome, loadBeganAt, loadMs, load.generations);
      if (made instanceof Error) {
        failures.set(key, made, clock.now() + policy.pauseMs);
        causes.push(made);
      } else {
        failures.delete(key);
        keep(batch, key, made.entry);
      }
      if (underWay.get(key) === load) underWay.delete(key);
      load.land(made);
      take(key, made);
    }
    const [cause] = causes;
    if (cause) report({ type: 'load-failed', keyClass: name, count: causes.length, cause });
  }

  function keep({ keyClass }: Batch, key: string, entry: Entry<unknown>): void {
    if (entry.bytes > keyClass.policy.maxBytes) count('too-large', keyClass.name);
    // One that was invalidated while it was loaded would never be served, and could stand in a newer one's place.
    else if (generations.judge(entry, clock.now()) === 'invalid') count('fill-discarded', keyClass.name);
    else memory.set(key, entry);
  }

  function count(type: 'too-large' | 'fill-discarded', keyClass: string): void {
    report({ type, keyClass, count: 1 });
  }

  async function timedLoad(
    batch: Batch,
    keys: readonly string[],
  ): Promise<ReadonlyMap<string, Outcome<unknown>>> {
    const { name, policy } = batch.keyClass;
    const { hardTimeoutMs } = policy;
    const ended = new AbortController();
    const late = () => {
      const failure = new LoadTimedOut(`a load of ${name} took over ${hardTimeoutMs} ms`);
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

  function tryToEntry(
    batch: Batch,
    key: string,
    outcome: Outcome<unknown>,
    loadBeganAt: number,
    loadMs: number,
    generations: readonly string[] | null,
  ): Outcome<Made> {
    if (outcome instanceof Error) return outcome;
    try {
      return toEntry(batch, key, outcome, loadBeganAt, loadMs, generations);
    } catch (cause) {
      // Its codec or its policy cannot handle the value. Whoever waits has to be told, and the lease let go of.
      return new Error('the loaded value cannot be kept', { cause });
    }
  }

  function toEntry(
    batch: Batch,
    key: string,
    value: unknown,
    loadBeganAt: number,
    loadMs: number,
    generations: readonly string[] | null,
  ): Made {
    const { policy, codec } = batch.keyClass;
    const { freshMs, staleMs } = value === null ? policy.absent : policy;
    const spread = 1 + policy.jitter * (2 * random() - 1);
    const freshUntil = loadBeganAt + Math.round(freshMs * spread);
    const staleUntil = Math.max(freshUntil, loadBeganAt + staleMs);
    const tags = tagsOf(batch, key);
    const envelope = { value, loadBeganAt, loadMs, freshUntil, staleUntil, tags, generations };
    const { encoded, bytes } = encodeEntry(envelope, codec);
    const ttlMs = Math.ceil(staleUntil - clock.now());
    const storable = bytes <= policy.maxBytes && generations !== null && ttlMs > 0;
    return { entry: { ...envelope, bytes }, fill: storable ? { key, encoded, ttlMs } : null };
  }
}
