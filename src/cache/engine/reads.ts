import type { Clock } from '../clock.ts';
import type { Report } from '../events.ts';
import type { MemoryStore } from '../memory/memory-store.ts';
import type { LoadMode } from './acceptable.ts';
import { endsTooSoon, isOverAge, isTooOld } from './acceptable-age.ts';
import { type Batch, createBatch, keyOf, type Load, type LoadOutcome } from './batch.ts';
import type { Budget } from './budget.ts';
import type { IsServable } from './dependencies.ts';
import { type Entry, freshness, isDueEarly } from './entry.ts';
import type { EntryOutcome, FlightResult, Flights } from './flights.ts';
import type { Generations } from './generations.ts';
import type { KeyClass } from './key-class.ts';
import {
  createLookupState,
  isCounted,
  type LookupState,
  replace,
  reportLookups,
  takeIn,
  tierOf,
} from './lookup-state.ts';
import type { Popularity } from './popularity.ts';
import { NotCached, type ReadOptions, type RecordedEntry } from './read-options.ts';
import type { Tiers } from './tiers.ts';

export interface ReadsOptions {
  readonly keyPrefix: string;
  readonly memory: MemoryStore;
  readonly tiers: Tiers;
  readonly generations: Generations;
  readonly isServable: IsServable;
  readonly flights: Flights;
  readonly popularity: Popularity;
  readonly clock: Clock;
  readonly sleep: (ms: number) => Promise<void>;
  readonly random: () => number;
  readonly report: Report;
  /** Runs work that no request waits for. */
  readonly runInBackground: (work: Promise<unknown>) => void;
}

export interface Reads {
  /** One outcome for every id. What is missing comes from one `load` of just the ids that nobody is loading yet. */
  getMany<I, V>(
    keyClass: KeyClass<I, V>,
    ids: readonly I[],
    load: Load<I, NoInfer<V>>,
    options?: ReadOptions,
  ): Promise<ReadonlyMap<I, LoadOutcome<V>>>;
  /** The value of one id, found as `getMany` finds it. Throws what `load` threw. */
  get<I, V>(keyClass: KeyClass<I, V>, id: I, load: (id: I) => Promise<V>, options?: ReadOptions): Promise<V>;
  /**
   * What the tiers hold fresh for the id, of no more than the greatest age, and for as long as is wanted; undefined
   * where that is nothing. With `cache-only` what is stale, or of any age, will do. Nothing is loaded or renewed.
   */
  peek<I, V>(keyClass: KeyClass<I, V>, id: I, options?: ReadOptions): Promise<V | undefined>;
}

const NOTHING: ReadonlyMap<string, FlightResult> = new Map();

/** What callers ask the cache for. */
export function createReads(options: ReadsOptions): Reads {
  const { keyPrefix, memory, tiers, generations, isServable, flights, popularity } = options;
  const { clock, sleep, random, report, runInBackground } = options;

  return {
    getMany,
    async get(keyClass, id, load, read) {
      const held = read?.mode === 'refresh' ? undefined : freshInMemory(keyClass, id, read);
      if (held) {
        if (read?.mode !== 'cache-only' && isDueEarly(held, clock.monotonic(), random)) {
          report({ type: 'refresh-early', keyClass: keyClass.name, count: 1 });
          const batch = createBatch(keyPrefix, keyClass, [id], loadOne(load));
          runInBackground(flights.join('background', batch as Batch, [...batch.idByKey.keys()]));
        }
        return held.value;
      }
      const outcome = (await getMany(keyClass, [id], loadOne(load), read)).get(id);
      if (outcome instanceof Error) throw outcome;
      return outcome as NonNullable<typeof outcome>;
    },
    async peek<I, V>(keyClass: KeyClass<I, V>, id: I, read: ReadOptions = {}) {
      const held = freshInMemory(keyClass, id, read);
      if (held) return held.value;
      const askedAt = Math.floor(clock.monotonic());
      const batch = createBatch(keyPrefix, keyClass, [id], async () => new Map()) as Batch;
      const state = await look('lookup', batch, [...batch.idByKey.keys()], read.budget);
      const [entry] = state.entries.values();
      if (!entry || entry instanceof Error) return undefined;
      const isAcceptable =
        read.mode === 'cache-only' ||
        (freshness(entry, clock.monotonic()) === 'fresh' && !isTooOld(entry, read, askedAt));
      if (!isAcceptable) return undefined;
      tellAll(keyClass.name, state, read, askedAt);
      return entry.value as V;
    },
  };

  async function getMany<I, V>(
    keyClass: KeyClass<I, V>,
    ids: readonly I[],
    load: Load<I, V>,
    read: ReadOptions = {},
  ) {
    const { budget, mode = 'default' } = read;
    const askedAt = Math.floor(clock.monotonic());
    const batch = createBatch(keyPrefix, keyClass, ids, load) as Batch;
    const keys = [...batch.idByKey.keys()];
    const state = await (mode === 'refresh'
      ? reload(batch, keys, read)
      : mode === 'cache-only'
        ? look('lookup', batch, keys, budget)
        : find(batch, keys, read, askedAt));
    tellAll(keyClass.name, state, read, askedAt);
    return new Map(ids.map((id) => [id, outcomeOf<V>(state.entries.get(keyOf(keyPrefix, keyClass, id)))]));
  }

  /** The commonest of answers, found without a batch and a run: one entry, in memory, fresh, and believed. */
  function freshInMemory<I, V>(keyClass: KeyClass<I, V>, id: I, read?: ReadOptions): Entry<V> | undefined {
    const key = keyOf(keyPrefix, keyClass, id);
    const entry = memory.get<V>(key);
    const now = clock.monotonic();
    if (!entry || freshness(entry, now) !== 'fresh' || generations.judge(entry) !== 'valid') return undefined;
    if (read && isTooOld(entry, read, now)) return undefined;
    if (isCounted(read)) report({ type: 'hit-memory', keyClass: keyClass.name, count: 1 });
    tell({ entry, keyClass: keyClass.name, key, tier: 'memory' }, read);
    return entry;
  }

  /** The entries of the keys, found or loaded. Those that are stale, or soon will be, are renewed behind them. */
  async function find(batch: Batch, keys: readonly string[], read: ReadOptions, askedAt: number) {
    const { budget } = read;
    const state = await look('miss', batch, keys, budget);
    const { entries } = state;
    const share = async (mode: LoadMode, wanted: readonly string[]) =>
      wanted.length > 0 ? flights.join(mode, batch, wanted, budget, read.maxAgeMs) : NOTHING;
    const tooOld = keys.filter((key) => isOverAge(entries.get(key), read, askedAt));
    const loaded = await share('force', tooOld);
    replace(state, loaded);
    const ending = keys.filter((key) => !loaded.has(key) && endsTooSoon(entries.get(key), read, askedAt));
    const renewed = await share('background', ending);
    replace(state, renewed);
    const patienceMs = read.mode === 'fresh' ? Number.POSITIVE_INFINITY : batch.keyClass.policy.softTimeoutMs;
    const stale = await renew(batch, state, new Map([...loaded, ...renewed]), askedAt, patienceMs);
    if (isCounted(read)) reportStale(batch, entries, stale);
    return state;
  }

  function newerInMemory(key: string, entry: Entry<unknown>): Entry<unknown> | undefined {
    const held = memory.get<unknown>(key);
    const isNewer = held && held !== entry && freshness(held, clock.monotonic()) === 'fresh';
    return isNewer && isServable([held]) ? held : undefined;
  }

  /** The entries of the keys from the tiers, and where they have none from what the mode says. */
  async function look(
    mode: 'lookup' | 'miss',
    batch: Batch,
    keys: readonly string[],
    budget?: Budget,
  ): Promise<LookupState> {
    const { found, missing } = tiers.readMemory(keys);
    const state = createLookupState(found);
    if (missing.length > 0) takeIn(state, await flights.join(mode, batch, missing, budget));
    return state;
  }

  async function reload(batch: Batch, keys: readonly string[], read: ReadOptions): Promise<LookupState> {
    const state = createLookupState(new Map());
    takeIn(state, await flights.join('force', batch, keys, read.budget, read.maxAgeMs));
    return state;
  }

  function tellAll(keyClass: string, state: LookupState, read: ReadOptions, askedAt: number): void {
    if (isCounted(read)) reportLookups(state, keyClass, report);
    for (const [key, entry] of state.entries) {
      if (!entry || entry instanceof Error) continue;
      tell({ entry, keyClass, key, tier: tierOf(key, entry, state, askedAt) }, read);
    }
  }

  function tell(recorded: RecordedEntry, read?: ReadOptions): void {
    // What is kept ready ahead of time has been asked for by nobody, or it would stay popular by that alone.
    if (isCounted(read)) popularity.note(recorded.entry.tags);
    read?.record?.(recorded);
  }

  /**
   * Starts the refresh of what is stale or soon will be, and waits for it no longer than `patienceMs`. Gives what was
   * stale before that.
   */
  async function renew(
    batch: Batch,
    state: LookupState,
    loaded: ReadonlyMap<string, FlightResult>,
    askedAt: number,
    patienceMs: number,
  ): Promise<ReadonlyMap<string, Entry<unknown>>> {
    const now = clock.monotonic();
    const { entries } = state;
    const stale = new Map<string, Entry<unknown>>();
    const early: string[] = [];
    for (const [key, entry] of entries) {
      // What was loaded for this very call is as new as it gets, however long the load took.
      if (!entry || entry instanceof Error || entry.loadBeganAt >= askedAt) continue;
      // So is what another process has loaded for it, whatever that one's clock says.
      if (loaded.get(key)?.found === entry) continue;
      // A load has landed since it was read: there is nothing left to renew.
      const newer = newerInMemory(key, entry);
      if (newer) entries.set(key, newer);
      else if (freshness(entry, now) === 'stale') stale.set(key, entry);
      else if (isDueEarly(entry, now, random)) early.push(key);
    }
    if (early.length > 0)
      report({ type: 'refresh-early', keyClass: batch.keyClass.name, count: early.length });
    if (stale.size + early.length === 0) return stale;
    const renewed = flights.join('background', batch, [...stale.keys(), ...early]);
    if (patienceMs === Number.POSITIVE_INFINITY) replace(state, await renewed);
    else if (patienceMs > 0) replace(state, (await Promise.race([renewed, sleep(patienceMs)])) ?? NOTHING);
    return stale;
  }

  /** Of what was stale, that which is given all the same. */
  function reportStale(
    { keyClass }: Batch,
    entries: ReadonlyMap<string, EntryOutcome>,
    stale: ReadonlyMap<string, Entry<unknown>>,
  ): void {
    const given = [...stale].filter(([key, entry]) => entries.get(key) === entry);
    if (given.length === 0) return;
    const oldestMs = clock.monotonic() - Math.min(...given.map(([, { freshUntil }]) => freshUntil));
    report({ type: 'stale', keyClass: keyClass.name, count: given.length, oldestMs });
  }
}

function loadOne<I, V>(load: (id: I) => Promise<V>): Load<I, V> {
  return async ([id]) => new Map([[id as I, await load(id as I)]]);
}

function outcomeOf<V>(found: EntryOutcome | undefined): LoadOutcome<V> {
  if (found instanceof Error) return found;
  return found ? (found.value as V) : new NotCached('the entry is not in the cache');
}
