import type { Redis } from 'ioredis';
import type { Progress } from '../lib/progress.ts';

/** What a scenario works with. */
export interface Surroundings {
  /** A Redis of the benchmark's own, empty when a scenario begins. */
  readonly redisUrl: string;
  /** A connection for looking at Redis from outside. */
  readonly observer: Redis;
  readonly freeze: () => void;
  readonly thaw: () => void;
  readonly progress: Progress;
}

/** What a scenario found. */
export interface Section {
  readonly title: string;
  /** What was done, in a sentence or two. */
  readonly about: string;
  /** For people: the first row is the heading. */
  readonly rows: readonly (readonly string[])[];
  /** The same, as measured: times in nanoseconds. */
  readonly data: unknown;
}

export type Scenario = (surroundings: Surroundings) => Promise<Section>;

/** The load where there is nothing to load: a scenario of hits in which one misses is wrong. */
export async function mustNotLoad(sellerId: number): Promise<never> {
  throw new Error(`seller ${sellerId} should have been in the cache`);
}
