import type { Clock } from '../clock.ts';
import type { Dependencies } from './dependencies.ts';
import type { Codec } from './encoded-entry.ts';
import { type Entry, type Times, toStored } from './entry.ts';

/** How derived values of one kind are kept. */
export interface DerivedDefinition<V> {
  /** Its name in events. */
  readonly name: string;
  readonly codec: Codec<V>;
  /** About how much memory the values may take together, in bytes; 0 keeps none, neither in memory nor in Redis. */
  readonly memoryBytes: number;
  /** How much of that one value takes. */
  readonly weigh: (value: V) => number;
  /** A value that weighs more is not kept, in bytes. */
  readonly maxBytes: number;
  /** What the times of its entries depend on: processes that differ in it share no values in Redis. Default: nothing. */
  readonly policy?: string;
  /** Whether processes share the values in Redis. Default: true. */
  readonly isShared?: boolean;
}

/** When a derived value is good: it is as old as its oldest entry, and ends with the first of them. */
export interface InheritedTimes extends Times {
  /** The same times as Redis stores them. */
  readonly stored: Times;
  /** The age of one of the entries is unknown. */
  readonly isAgeUnknown?: true;
}

/** A value made of entries, which is valid while all of them are. Its times are by this process's monotonic clock. */
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

/** A derived value as the store keeps it. */
export interface DerivedItem<V> extends Derived<V>, InheritedTimes {
  readonly dependencies: readonly Dependencies[];
  /** It is valid until then, provided that the epoch of the generations is still this one. */
  verified: { readonly epoch: number; readonly until: number };
}

export const UNVERIFIED = { epoch: -1, until: Number.NEGATIVE_INFINITY };

/** The value as entries, from which another value can be derived: it inherits the same tags, generations and times. */
export function sourcesOf<V>({ dependencies, value, ...item }: DerivedItem<V>): readonly Entry<V>[] {
  return dependencies.map((each) => ({ ...item, ...each, value, loadMs: 0, bytes: 0 }));
}

/** `until` is when the value ends at the latest, by the wall clock: milliseconds since the epoch. */
export function inheritTimes(
  sources: readonly Entry<unknown>[],
  until: number,
  clock: Clock,
): InheritedTimes {
  const endsAt = Math.floor(until - clock.now() + clock.monotonic());
  const times = { loadBeganAt: Number.POSITIVE_INFINITY, freshUntil: endsAt, staleUntil: endsAt };
  let isAgeUnknown = false;
  for (const source of sources) {
    times.loadBeganAt = Math.min(times.loadBeganAt, source.loadBeganAt);
    times.freshUntil = Math.min(times.freshUntil, source.freshUntil);
    times.staleUntil = Math.min(times.staleUntil, source.staleUntil);
    isAgeUnknown ||= source.isAgeUnknown === true;
  }
  return { ...times, stored: toStored(times, clock), ...(isAgeUnknown && { isAgeUnknown }) };
}
