/** A place in the order of all generation reads that this process made, and when that was. */
export interface LogicalTime {
  readonly sequence: number;
  /** By the monotonic clock, in milliseconds. */
  readonly at: number;
}

/** How long a value is good, in milliseconds. */
export interface Times {
  /** When the load that gave the value began: the value is at least as new as this. */
  readonly loadBeganAt: number;
  readonly freshUntil: number;
  readonly staleUntil: number;
}

/** An entry as Redis holds it. Its times are since the epoch, by the wall clock of the process that loaded it. */
export interface StoredEntry<V> extends Times {
  readonly value: V;
  /** How long that load took: what a refresh ahead of time has to be ahead by. */
  readonly loadMs: number;
  readonly tags: readonly string[];
  /**
   * The generation of each tag, in the order of the tags, as read before the load began. If they could not be read, the
   * logical time at which the load began: such an entry is served while Redis does not answer, is invalid after that,
   * and stays in this process.
   */
  readonly generations: readonly string[] | LogicalTime;
  /** Length of its encoded form before it is packed: by this its size is told and bounded. */
  readonly bytes: number;
}

/**
 * An entry as this process holds it. Its times are by this process's monotonic clock, so that no clock that is set
 * prolongs them.
 */
export interface Entry<V> extends StoredEntry<V> {
  /** Its times as Redis holds them, which tell its load from others of its key. */
  readonly stored: Times;
  /**
   * By the clocks of the two processes its load began in the future, when this process saw it first: `loadBeganAt` is
   * that moment, and how old the value is nobody knows.
   */
  readonly isAgeUnknown?: true;
}

export type Freshness = 'fresh' | 'stale' | 'dead';

/** Fresh is served; stale is served while one refresh runs and when that fails; dead is a miss. `now` is by its clock. */
export function freshness(entry: Times, now: number): Freshness {
  if (now < entry.freshUntil) return 'fresh';
  return now < entry.staleUntil ? 'stale' : 'dead';
}

/**
 * Whether this hit should refresh the entry ahead of its time: the nearer the end, the longer its load, the likelier,
 * so that of many who read a hot entry one refreshes it before it goes stale for all. XFetch with beta 1, from
 * Vattani, Chierichetti and Lowenstein, "Optimal Probabilistic Cache Stampede Prevention" (2015).
 */
export function isDueEarly(entry: Entry<unknown>, now: number, random: () => number): boolean {
  return now - entry.loadMs * Math.log(1 - random()) >= entry.freshUntil;
}
