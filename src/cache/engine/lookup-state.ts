import type { Report } from '../events.ts';
import type { Entry } from './entry.ts';
import type { EntryOutcome, FlightResult } from './flights.ts';
import type { ResultSource } from './loads.ts';
import type { ReadOptions, Tier } from './read-options.ts';

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
