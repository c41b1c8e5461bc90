import type { Clock } from '../clock.ts';
import type { Report } from '../events.ts';
import type { MemoryStore } from '../memory/memory-store.ts';
import type { IsServable } from './dependencies.ts';
import { type Entry, freshness, isDueEarly } from './entry.ts';
import type { EntryOutcome, FlightResult, Flights } from './flights.ts';
import type { Batch } from './key-class.ts';
import type { ResultSource } from './loads.ts';
import { endsTooSoon, isOverAge, type LoadMode, type ReadOptions, type Tier } from './read-options.ts';

const EVENTS = { memory: 'hit-memory', redis: 'hit-redis', load: 'miss', joined: 'coalesced' } as const;
const SOURCES = Object.keys(EVENTS) as readonly ResultSource[];

/** What a read has found so far, by key. */
export interface LookupState {
  readonly outcomes: ReadonlyMap<string, EntryOutcome>;
  /** The entry of the key; undefined if there is none, or its load failed. */
  entryOf(key: string): Entry<unknown> | undefined;
  /** Takes the results of keys that had none. */
  add(results: ReadonlyMap<string, FlightResult>): void;
  /** Takes newer entries. A failed load, or one that another process does, leaves the older entry. */
  replace(results: ReadonlyMap<string, FlightResult>): void;
  /** Takes a newer entry that memory has by now. The key keeps its source. */
  renew(key: string, entry: Entry<unknown>): void;
  /**
   * Where the entry came from. A joined flight counts as a load if its load began after `readAt`, when the read began.
   */
  tierOf(key: string, entry: Entry<unknown>, readAt: number): Tier;
  /** Reports one event a key, by where its final result came from. An entry that had to be replaced is no hit. */
  report(keyClass: string, report: Report): void;
}

export function createLookupState(inMemory: ReadonlyMap<string, Entry<unknown>> = new Map()): LookupState {
  const outcomes = new Map<string, EntryOutcome>(inMemory);
  /** Sources of the results for keys that were not in memory, or whose entry was replaced. */
  const sources = new Map<string, ResultSource>();
  return {
    outcomes,
    entryOf: (key) => entryIn(outcomes.get(key)),
    add(results) {
      for (const [key, { found, source }] of results) {
        outcomes.set(key, found);
        sources.set(key, source);
      }
    },
    replace(results) {
      for (const [key, { found, source }] of results) {
        if (!entryIn(found)) continue;
        outcomes.set(key, found);
        sources.set(key, source);
      }
    },
    renew: (key, entry) => void outcomes.set(key, entry),
    tierOf(key, entry, readAt) {
      const source = sources.get(key) ?? 'memory';
      if (source !== 'joined') return source;
      return entry.loadBeganAt >= readAt ? 'load' : 'redis';
    },
    report(keyClass, report) {
      const counts = { memory: outcomes.size - sources.size, redis: 0, load: 0, joined: 0 };
      for (const source of sources.values()) counts[source] += 1;
      for (const source of SOURCES) {
        if (counts[source] > 0) report({ type: EVENTS[source], keyClass, count: counts[source] });
      }
    },
  };
}

function entryIn(outcome: EntryOutcome | undefined): Entry<unknown> | undefined {
  return outcome instanceof Error ? undefined : (outcome ?? undefined);
}

/** Whether a client asked for the read, so that it counts as a hit or miss and makes its tags popular. */
export function isCounted(read: ReadOptions | undefined): boolean {
  return read?.freshForMs === undefined && read?.background !== true;
}

export interface RefresherOptions {
  readonly memory: MemoryStore;
  readonly flights: Flights;
  readonly isServable: IsServable;
  readonly clock: Clock;
  readonly random: () => number;
  readonly report: Report;
}

/** Refreshes what a read has found: before it is served if it is too old for the read, else in the background. */
export interface Refresher {
  /** `readAt` is when the read began. Entries that are newer than that are never refreshed. */
  refresh(
    batch: Batch,
    keys: readonly string[],
    state: LookupState,
    read: ReadOptions,
    readAt: number,
  ): Promise<void>;
}

const NOTHING: ReadonlyMap<string, FlightResult> = new Map();

export function createRefresher(options: RefresherOptions): Refresher {
  const { memory, flights, isServable, clock, random, report } = options;

  return {
    async refresh(batch, keys, state, read, readAt) {
      const load = async (mode: LoadMode, wanted: readonly string[]) =>
        wanted.length > 0 ? flights.join(mode, batch, wanted, read.budget, read.maxAgeMs) : NOTHING;
      const keysThat = (rule: typeof isOverAge) =>
        keys.filter((key) => {
          const entry = state.entryOf(key);
          return entry !== undefined && rule(entry, read, readAt);
        });
      const loaded = await load('force', keysThat(isOverAge));
      state.replace(loaded);
      const prolonged = await load(
        'background',
        keysThat(endsTooSoon).filter((key) => !loaded.has(key)),
      );
      state.replace(prolonged);
      await refreshStale(batch, state, new Map([...loaded, ...prolonged]), read, readAt);
    },
  };

  /** Starts the refresh of entries that are stale or soon will be. A read with `awaitRefresh` waits for it. */
  async function refreshStale(
    batch: Batch,
    state: LookupState,
    loaded: ReadonlyMap<string, FlightResult>,
    read: ReadOptions,
    readAt: number,
  ): Promise<void> {
    const { name: keyClass } = batch.keyClass;
    const now = clock.monotonic();
    const stale = new Map<string, Entry<unknown>>();
    const early: string[] = [];
    for (const key of state.outcomes.keys()) {
      const entry = state.entryOf(key);
      // An entry that was loaded for this very read is as new as it gets, however long the load took.
      if (!entry || entry.loadBeganAt >= readAt) continue;
      // So is one that another process has loaded for it, whatever the clock of that process says.
      if (loaded.get(key)?.found === entry) continue;
      // A load has ended since the entry was found: there is nothing left to refresh.
      const newer = newerInMemory(key, entry);
      if (newer) state.renew(key, newer);
      else if (freshness(entry, now) === 'stale') stale.set(key, entry);
      else if (isDueEarly(entry, now, random)) early.push(key);
    }
    if (early.length > 0) report({ type: 'refresh-early', keyClass, count: early.length });
    if (stale.size + early.length === 0) return;
    const refreshed = flights.join('background', batch, [...stale.keys(), ...early]);
    if (read.awaitRefresh) state.replace(await refreshed);
    if (isCounted(read)) reportStale(keyClass, state, stale);
  }

  function newerInMemory(key: string, entry: Entry<unknown>): Entry<unknown> | undefined {
    const current = memory.get<unknown>(key);
    const isNewer = current && current !== entry && freshness(current, clock.monotonic()) === 'fresh';
    return isNewer && isServable([current]) ? current : undefined;
  }

  /** Reports the stale entries that are served all the same. */
  function reportStale(
    keyClass: string,
    state: LookupState,
    stale: ReadonlyMap<string, Entry<unknown>>,
  ): void {
    const served = [...stale].filter(([key, entry]) => state.entryOf(key) === entry);
    if (served.length === 0) return;
    const oldestMs = clock.monotonic() - Math.min(...served.map(([, { freshUntil }]) => freshUntil));
    report({ type: 'stale', keyClass, count: served.length, oldestMs });
  }
}
