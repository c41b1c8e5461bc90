import type { Codec } from './codec.ts';
import type { InheritedTimes } from './inherited-times.ts';

/** How values of one kind that are made of entries are kept. */
export interface DerivedDefinition<V> {
  /** Its name in events. */
  readonly name: string;
  readonly codec: Codec<V>;
  /** About how much memory they may take together, in bytes; 0 keeps none, in Redis neither. */
  readonly memoryBytes: number;
  /** What one takes of that. */
  readonly weigh: (value: V) => number;
  /** One that weighs more is not kept, in bytes. */
  readonly maxBytes: number;
  /** What the times of its entries depend on: processes that differ in it share none in Redis. Default: nothing. */
  readonly policy?: string;
}

/** A value that was made of entries, and is good for as long as all of them are, by this process's monotonic clock. */
export interface Derived<V> extends Omit<InheritedTimes, 'stored'> {
  readonly value: V;
  readonly tags: readonly string[];
  /** Whether it can be found again. */
  readonly kept: boolean;
}

export interface FoundDerived<V> {
  readonly derived: Derived<V>;
  readonly tier: 'memory' | 'redis';
}
