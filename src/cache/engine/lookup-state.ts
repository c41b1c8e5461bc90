import type { Report } from '../events.ts';
import type { Entry } from './entry.ts';
import type { EntryOutcome, FlightResult } from './flights.ts';
import type { ResultSource } from './loads.ts';
import type { ReadOptions, Tier } from './read-options.ts';

const EVENTS = { memory: 'hit-memory', redis: 'hit-redis', load: 'miss', joined: 'coalesced' } as const;
const SOURCES = Object.keys(EVENTS) as readonly ResultSource[];

/** What a read has found so far. */
export interface LookupState {
  readonly entries: Map<string, EntryOutcome>;
  /** Of what memory did not hold, or was replaced. */
  readonly sources: Map<string, ResultSource>;
}

export function createLookupState(inMemory: ReadonlyMap<string, Entry<unknown>>): LookupState {
  return { entries: new Map<string, EntryOutcome>(inMemory), sources: new Map() };
}

/** Takes what a run brought of keys that had nothing. */
export function takeIn({ entries, sources }: LookupState, landed: ReadonlyMap<string, FlightResult>): void {
  for (const [key, { found, source }] of landed) {
    entries.set(key, found);
    sources.set(key, source);
  }
}

/** Takes the newer entries. What failed, or is being loaded by another process, leaves the older. */
export function replace({ entries, sources }: LookupState, newer: ReadonlyMap<string, FlightResult>): void {
  for (const [key, { found, source }] of newer) {
    if (!found || found instanceof Error) continue;
    entries.set(key, found);
    sources.set(key, source);
  }
}

/**
 * Reports where the lookups of a read ended, each key once: by what it is given, and so not before that is known. What
 * was found and had to be replaced is no hit.
 */
export function reportLookups({ entries, sources }: LookupState, keyClass: string, report: Report): void {
  const counts = { memory: entries.size - sources.size, redis: 0, load: 0, joined: 0 };
  for (const source of sources.values()) counts[source] += 1;
  for (const source of SOURCES) {
    if (counts[source] > 0) report({ type: EVENTS[source], keyClass, count: counts[source] });
  }
}

/** Whether somebody asked for what the read gives, and it is none that keeps ready what others may want. */
export function isCounted(read: ReadOptions | undefined): boolean {
  return read?.freshForMs === undefined && read?.background !== true;
}

/** Of what came by another read's run, the beginning of its load says whether that was for this one. */
export function tierOf(key: string, entry: Entry<unknown>, { sources }: LookupState, askedAt: number): Tier {
  const source = sources.get(key) ?? 'memory';
  if (source !== 'joined') return source;
  return entry.loadBeganAt >= askedAt ? 'load' : 'redis';
}
