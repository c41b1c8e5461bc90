import type { Clock } from '../clock.ts';
import type { Entry, StoredEntry, Times } from '../engine/entry.ts';
import type { Ages, KeyClass } from '../engine/key-class.ts';

/** For what no policy bounds. */
export const UNBOUNDED: Ages = { freshMs: Number.POSITIVE_INFINITY, staleMs: Number.POSITIVE_INFINITY };

/** The greatest ages that this process's own policy gives a value of the class, whichever process has loaded it. */
export function greatestAges({ policy }: KeyClass<never, unknown>, value: unknown): Ages {
  const { absent, adaptive, jitter } = policy;
  const spread = ({ freshMs }: Pick<Ages, 'freshMs'>) => Math.round(freshMs * (1 + jitter));
  if (adaptive && value !== null) {
    const staleMs = adaptive.ceilingMs + policy.staleMs - policy.freshMs;
    return { freshMs: Math.min(staleMs, spread({ freshMs: adaptive.ceilingMs })), staleMs };
  }
  const ages = value === null ? absent : policy;
  return { freshMs: spread(ages), staleMs: Math.max(spread(ages), ages.staleMs) };
}

/**
 * An entry of Redis as this process holds it, for no longer than `bounds`. Its age is what the wall clocks say, and no
 * less than this process knows from `held`, where memory has the same load: so setting a clock back prolongs nothing
 * that was seen before. One whose load began in the future by our clock is as good as one that began now, at the longest.
 */
export function toLocal<V>(
  entry: StoredEntry<V>,
  bounds: Ages,
  clock: Clock,
  held: Pick<Entry<unknown>, 'loadBeganAt' | 'stored' | 'isAgeUnknown'> | undefined,
): Entry<V> {
  const { loadBeganAt: beganAt, freshUntil, staleUntil } = entry;
  const ageMs = clock.now() - beganAt;
  const seen = held && isSameLoad(held.stored, entry) ? held : undefined;
  const began = Math.floor(clock.monotonic() - Math.max(0, ageMs));
  const loadBeganAt = seen ? Math.min(began, seen.loadBeganAt) : began;
  const isAgeUnknown = ageMs < 0 && (seen === undefined || seen.isAgeUnknown === true);
  return {
    ...entry,
    loadBeganAt,
    freshUntil: loadBeganAt + Math.min(bounds.freshMs, freshUntil - beganAt),
    staleUntil: loadBeganAt + Math.min(bounds.staleMs, staleUntil - beganAt),
    stored: { loadBeganAt: beganAt, freshUntil, staleUntil },
    ...(isAgeUnknown && { isAgeUnknown }),
  };
}

/** Times of this process as Redis is to hold them. */
export function toStored({ loadBeganAt, freshUntil, staleUntil }: Times, clock: Clock): Times {
  const offsetMs = clock.now() - clock.monotonic();
  const beganAt = Math.round(loadBeganAt + offsetMs);
  return {
    loadBeganAt: beganAt,
    freshUntil: beganAt + Math.round(freshUntil - loadBeganAt),
    staleUntil: beganAt + Math.round(staleUntil - loadBeganAt),
  };
}

/** Jitter makes it all but certain that two loads of one key differ in one of these. */
export function isSameLoad(one: Times, other: Times): boolean {
  return (
    one.loadBeganAt === other.loadBeganAt &&
    one.freshUntil === other.freshUntil &&
    one.staleUntil === other.staleUntil
  );
}
