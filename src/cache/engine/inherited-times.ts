import type { Clock } from '../clock.ts';
import { toStored } from '../memory/local-entry.ts';
import type { Entry, Times } from './entry.ts';

/** When what is made of the entries is good: it is as old as its oldest part, and ends with the first of them. */
export interface InheritedTimes extends Times {
  /** The same as Redis is to hold it. */
  readonly stored: Times;
  /** How old one of the parts is nobody knows. */
  readonly isAgeUnknown?: true;
}

/** `until` ends it beside the entries, by the wall clock: milliseconds since the epoch. */
export function inheritTimes(
  sources: readonly Entry<unknown>[],
  until: number,
  clock: Clock,
): InheritedTimes {
  const endsAt = Math.floor(until - clock.now() + clock.monotonic());
  const times = {
    loadBeganAt: Math.min(...sources.map(({ loadBeganAt }) => loadBeganAt)),
    freshUntil: Math.min(endsAt, ...sources.map(({ freshUntil }) => freshUntil)),
    staleUntil: Math.min(endsAt, ...sources.map(({ staleUntil }) => staleUntil)),
  };
  const isAgeUnknown = sources.some((source) => source.isAgeUnknown);
  return { ...times, stored: toStored(times, clock), ...(isAgeUnknown && { isAgeUnknown }) };
}
