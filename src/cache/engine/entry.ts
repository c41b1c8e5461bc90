import type { Clock } from '../clock.ts';

/** A place in the order of all generation reads that this process made, and when that was. */
export interface LogicalTime {
  readonly sequence: number;
  /** By the monotonic clock, in milliseconds. */
  readonly at: number;
}

/** When a value was loaded and how long it is good, in milliseconds. */
export interface Times {
  /** When its load began. The value is at least as new as this. */
  readonly loadBeganAt: number;
  readonly freshUntil: number;
  readonly staleUntil: number;
}

/** An entry as Redis stores it. Its times are since the epoch, by the wall clock of the process that loaded it. */
export interface StoredEntry<V> extends Times {
  readonly value: V;
  /** How long the load took, in milliseconds. An early refresh has to start that long before the end. */
  readonly loadMs: number;
  readonly tags: readonly string[];
  /**
   * The generation of each tag, in the order of the tags, as read before the load began. If they could not be read, the
   * logical time at which the load began: such an entry is served while Redis does not answer, is invalid after that,
   * and stays in this process.
   */
  readonly generations: readonly string[] | LogicalTime;
  /** Length of its encoded form before compression, in bytes. Reported as its size, and bounded by the policy. */
  readonly bytes: number;
}

/** An entry in memory. Its times are by this process's monotonic clock, so that setting a clock does not prolong it. */
export interface Entry<V> extends StoredEntry<V> {
  /** Its times as Redis stores them. They distinguish its load from other loads of the key. */
  readonly stored: Times;
  /**
   * When this process first saw the entry, its load began in the future by the clocks of the two processes. `loadBeganAt`
   * is that moment then, and the age of the value is unknown.
   */
  readonly isAgeUnknown?: true;
}

export type Freshness = 'fresh' | 'stale' | 'dead';

/**
 * Fresh is served; stale is served while one refresh runs and when it fails; dead is a miss. `now` is by the clock of the
 * entry's times.
 */
export function freshness(entry: Times, now: number): Freshness {
  if (now < entry.freshUntil) return 'fresh';
  return now < entry.staleUntil ? 'stale' : 'dead';
}

/**
 * Whether this hit should refresh the entry early. The probability grows towards the end of freshness and with the
 * duration of the load, so that one of many readers refreshes a hot entry before it goes stale for all. XFetch with beta 1,
 * from Vattani, Chierichetti and Lowenstein, "Optimal Probabilistic Cache Stampede Prevention" (2015).
 */
export function isDueEarly(entry: Entry<unknown>, now: number, random: () => number): boolean {
  return now - entry.loadMs * Math.log(1 - random()) >= entry.freshUntil;
}

/**
 * An entry of Redis as this process holds it, for no longer than `bounds`. Its age is what the wall clocks say, and no less
 * than this process knows from `held`, the entry in memory, if that is of the same load: setting a clock back prolongs no
 * entry that was seen before. An entry whose load began in the future by our clock is treated as one that begins now.
 */
export function toLocal<V>(
  entry: StoredEntry<V>,
  bounds: { readonly freshMs: number; readonly staleMs: number },
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

/** Times of this process as Redis stores them. */
export function toStored({ loadBeganAt, freshUntil, staleUntil }: Times, clock: Clock): Times {
  const offsetMs = clock.now() - clock.monotonic();
  const beganAt = Math.round(loadBeganAt + offsetMs);
  return {
    loadBeganAt: beganAt,
    freshUntil: beganAt + Math.round(freshUntil - loadBeganAt),
    staleUntil: beganAt + Math.round(staleUntil - loadBeganAt),
  };
}

/** Whether both are of one load. Jitter makes it all but certain that two loads of a key differ in one of the times. */
export function isSameLoad(one: Times, other: Times): boolean {
  return (
    one.loadBeganAt === other.loadBeganAt &&
    one.freshUntil === other.freshUntil &&
    one.staleUntil === other.staleUntil
  );
}
