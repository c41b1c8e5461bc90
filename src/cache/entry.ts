/** What the cache keeps of one load, times in milliseconds since the epoch. */
export interface Entry<V> {
  readonly value: V;
  /** When the load that gave the value began: the value is at least as new as this. */
  readonly loadBeganAt: number;
  readonly freshUntil: number;
  readonly staleUntil: number;
  /** Length of its encoded form: what it counts for where memory is bounded. */
  readonly bytes: number;
}

export type Freshness = 'fresh' | 'stale' | 'dead';

/** Fresh is served; stale is served while one refresh runs and when that fails; dead is a miss. */
export function freshness(entry: Entry<unknown>, now: number): Freshness {
  if (now < entry.freshUntil) return 'fresh';
  return now < entry.staleUntil ? 'stale' : 'dead';
}
