import type { Codec } from './codec.ts';

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
}

/** A value that was made of entries, and is good for as long as all of them are. Times are by the wall clock. */
export interface Derived<V> {
  readonly value: V;
  /** When the first of the loads began that it is made of: it is as old as its oldest part. */
  readonly loadBeganAt: number;
  /** The earliest of their ends. */
  readonly freshUntil: number;
  readonly staleUntil: number;
  readonly tags: readonly string[];
  /** Whether it can be found again. */
  readonly kept: boolean;
}

export interface FoundDerived<V> {
  readonly derived: Derived<V>;
  readonly tier: 'memory' | 'redis';
}
