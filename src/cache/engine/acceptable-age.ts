import type { EntryOutcome } from './flights.ts';
import type { ReadOptions } from './read-options.ts';

/** Whether it is too old for the caller: for its age, or for what is left of its time. */
export function isTooOld(entry: EntryOutcome | undefined, read: ReadOptions, askedAt: number): boolean {
  return isOverAge(entry, read, askedAt) || endsTooSoon(entry, read, askedAt);
}

/** Whether its load began longer ago than the caller allows, or nobody knows when it began. */
export function isOverAge(
  entry: EntryOutcome | undefined,
  { maxAgeMs }: ReadOptions,
  askedAt: number,
): boolean {
  if (!entry || entry instanceof Error) return false;
  if (maxAgeMs === undefined) return false;
  return entry.isAgeUnknown === true || askedAt - entry.loadBeganAt > maxAgeMs;
}

/** Whether it is fresh for less time than the caller needs. */
export function endsTooSoon(
  entry: EntryOutcome | undefined,
  { freshForMs }: ReadOptions,
  askedAt: number,
): boolean {
  if (!entry || entry instanceof Error) return false;
  return freshForMs !== undefined && entry.freshUntil - askedAt < freshForMs;
}
