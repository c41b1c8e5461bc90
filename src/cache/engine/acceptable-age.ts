import type { ReadOptions } from './read-options.ts';
import type { Found } from './runs.ts';

/** Whether it is too old for the caller: for its age, or for what is left of its time. */
export function isTooOld(entry: Found | undefined, read: ReadOptions, askedAt: number): boolean {
  return isOverAge(entry, read, askedAt) || endsTooSoon(entry, read, askedAt);
}

/** Whether its load began longer ago than the caller allows, or nobody knows when it began. */
export function isOverAge(entry: Found | undefined, { maxAgeMs }: ReadOptions, askedAt: number): boolean {
  if (!entry || entry instanceof Error) return false;
  if (maxAgeMs === undefined) return false;
  return entry.isAgeUnknown === true || askedAt - entry.loadBeganAt > maxAgeMs;
}

/** Whether it is fresh for less time than the caller needs. */
export function endsTooSoon(entry: Found | undefined, { freshForMs }: ReadOptions, askedAt: number): boolean {
  if (!entry || entry instanceof Error) return false;
  return freshForMs !== undefined && entry.freshUntil - askedAt < freshForMs;
}
