import type { Question } from './question.ts';

/** What the cache keeps of one load. Times are in milliseconds since the epoch. */
export interface Entry<V> {
  readonly value: V;
  /** When the load that gave the value began: the value is at least as new as this. */
  readonly loadBeganAt: number;
  /** How long that load took: what a refresh ahead of time has to be ahead by. */
  readonly loadMs: number;
  readonly freshUntil: number;
  readonly staleUntil: number;
  readonly tags: readonly string[];
  /**
   * The generation of each tag, in their order, as it was before the load began. Where they could not be read then,
   * the question that has the place of the beginning in their order: such an entry is good for as long as they cannot
   * be read, validates nothing after that, and stays in this process.
   */
  readonly generations: readonly string[] | Question;
  /** Length of its encoded form before it is packed: by this its size is told and bounded. */
  readonly bytes: number;
}

export type Freshness = 'fresh' | 'stale' | 'dead';

/** Fresh is served; stale is served while one refresh runs and when that fails; dead is a miss. */
export function freshness(entry: Entry<unknown>, now: number): Freshness {
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
