import type { Redis } from 'ioredis';
import type { Figure } from '../lib/figures.ts';
import type { Progress } from '../lib/progress.ts';

/** The environment of a scenario. */
export interface Surroundings {
  /** The Redis of the benchmark, empty when a scenario begins. */
  readonly redisUrl: string;
  /** A connection that observes Redis. */
  readonly observer: Redis;
  readonly freeze: () => void;
  readonly thaw: () => void;
  readonly progress: Progress;
}

/** The result of a scenario. */
export interface Section {
  readonly title: string;
  /** The method, in a sentence or two. */
  readonly about: string;
  /** The table of the report; the first row is the heading. */
  readonly rows: readonly (readonly string[])[];
  readonly figures?: readonly Figure[];
  /** The measured values; times in nanoseconds. */
  readonly data: unknown;
}

export type Scenario = (surroundings: Surroundings) => Promise<Section>;

/** The load in scenarios of hits, in which a miss is an error. */
export async function mustNotLoad(sellerId: number): Promise<never> {
  throw new Error(`seller ${sellerId} should have been in the cache`);
}
