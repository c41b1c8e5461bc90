import type { Codec } from './codec.ts';
import type { Entry } from './entry.ts';

/** A new entry on its way into the stores. */
export interface Fill<V> {
  readonly key: string;
  readonly entry: Entry<V>;
  readonly encoded: Buffer;
}

/**
 * What was found under a key. `invalid` is a value that does not decode: a miss too, but one to report. An entry
 * may be returned past its stale-until; whoever asks judges by the clock.
 */
export type Found<V> = Entry<V> | 'absent' | 'invalid';

type Awaitable<T> = T | Promise<T>;

/** Where entries are kept. A store may forget at any time. */
export interface Store {
  /** What was found for each key, in the order of the keys. Rejects when the store does not answer. */
  read<V>(keys: readonly string[], codec: Codec<V>): Awaitable<readonly Found<V>[]>;
  /** Rejects when the store did not take them. */
  write(fills: readonly Fill<unknown>[]): Awaitable<void>;
}
