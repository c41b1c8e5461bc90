import type { Codec } from './codec.ts';

/** How long a value is fresh, and how much longer it may be served stale, in milliseconds. */
export interface Ttl {
  readonly freshMs: number;
  readonly staleMs: number;
}

/** One kind of entry: its name in events, its keys, its times and its form at rest. */
export interface KeyClass<I, V> {
  readonly name: string;
  /**
   * A key of its own for each id, without the prefix. Braces around what tells keys apart make a Redis Cluster
   * hash tag, so that a key and whatever will belong to it share a slot.
   */
  readonly key: (id: I) => string;
  readonly ttl: Ttl;
  /** The times of a null, which is the memory of an absence; without it a null lives as long as any value. */
  readonly absentTtl?: Ttl;
  readonly codec: Codec<V>;
}
