import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import type { CountedEvent, Report } from '../events.ts';
import type { MemoryUsage } from '../memory/memory-store.ts';
import type { SharedTier } from '../redis/shared-tier.ts';
import { dependenciesOf, type IsServable, judgeAll } from './dependencies.ts';
import { createDerivedTier } from './derived-tier.ts';
import {
  type Derived,
  type DerivedDefinition,
  type DerivedItem,
  type FoundDerived,
  inheritTimes,
  sourcesOf,
  UNVERIFIED,
} from './derived-value.ts';
import { type Entry, isSameLoad } from './entry.ts';
import type { Generations } from './generations.ts';
import { redisKey } from './key-class.ts';
import type { Popularity } from './popularity.ts';
import type { Budget } from './read-options.ts';
import { createRevalidator } from './revalidator.ts';
import { createSingleFlight } from './single-flight.ts';

export type { Derived, DerivedDefinition, FoundDerived } from './derived-value.ts';

/** Derived values: they are made of entries and inherit their tags, their generations and their times. */
export interface DerivedStore<V> {
  /** The value of the name in memory, if this process trusts it without a read of Redis, fresh or stale. */
  peek(name: string): Derived<V> | undefined;
  /** The same, after reading Redis if necessary: one trip to verify a value in memory, two for one from Redis. */
  find(name: string, budget: Budget): Promise<FoundDerived<V> | undefined>;
  /** Counts a hit. `peek` and `find` count nothing by themselves: the caller may want a newer value. */
  noteHit(served: Derived<V>, tier: FoundDerived<V>['tier']): void;
  /** Counts a miss: a value was made for the caller, or the caller joined one that was being made. */
  noteMiss(isJoined: boolean): void;
  /** Keeps a value made of the entries. Null if it was invalidated meanwhile or must not be kept. */
  keep(name: string, value: V, sources: readonly Entry<unknown>[], terms?: Terms): Derived<V> | null;
  /**
   * Runs the work of a name as a single-flight. Callers join work in progress, unless something was invalidated since it
   * began, or it began longer ago than memory is trusted.
   */
  join<T>(name: string, work: () => Promise<T>): { readonly result: Promise<T>; readonly joined: boolean };
  /** Calls the listener with each value that memory gets: made here, or found in Redis. */
  onKept(listener: (name: string, derived: Derived<V>) => void): void;
  /** Forgets the values in memory whose names begin so. Values in Redis stay: use it where none are shared. */
  drop(prefix: string): void;
  /** The value as entries, so that another value can be derived from it. */
  sourcesOf(derived: Derived<V>): readonly Entry<V>[];
  /** Whether this process trusts a value of these entries without a read of Redis. */
  isTrusted(sources: readonly Entry<unknown>[]): boolean;
  usage(): MemoryUsage;
}

interface Terms {
  /** Ends the value before its entries do: milliseconds since the epoch. */
  readonly until?: number;
  /** Whether a trial has just read all entries: then they are not judged again. Default: false. */
  readonly areTrusted?: boolean;
}

export interface DerivedOptions {
  readonly keyPrefix: string;
  readonly shared: SharedTier | null;
  readonly generations: Generations;
  readonly isServable: IsServable;
  readonly popularity: Popularity;
  readonly clock: Clock;
  readonly sleep: (ms: number) => Promise<void>;
  readonly report: Report;
  /** How long memory is trusted before Redis is read again, in milliseconds. */
  readonly trustMs: number;
  readonly tripMs: number;
  readonly newBudget: () => Budget;
  /** Runs work that no request waits for. */
  readonly runInBackground: (work: Promise<unknown>) => void;
}

export function createDerivedStore<V>(
  definition: DerivedDefinition<V>,
  options: DerivedOptions,
): DerivedStore<V> {
  const { name: kind, memoryBytes, weigh, maxBytes, policy = '', isShared = true } = definition;
  const { keyPrefix, shared, generations, isServable, popularity, clock, report } = options;
  const { trustMs, newBudget, runInBackground } = options;
  const keyOf = (name: string) => redisKey(keyPrefix, `${name}${policy}`);
  // A value may take about twice its weight as JSON.
  const codec = { ...definition.codec, maxBytes: 2 * maxBytes };
  const redis =
    shared && memoryBytes > 0 ? createDerivedTier({ ...options, shared, kind, keyOf, codec }) : null;
  const items = new LRUCache<string, DerivedItem<V>>({
    maxSize: memoryBytes || 1,
    sizeCalculation: ({ value, tags }, name) => weigh(value) + 100 * tags.length + 2 * name.length + 400,
  });
  const revalidator = createRevalidator<DerivedItem<V>>({
    // Reads the generations of all its tags. The item is judged by what this process knows once they are there.
    async read(item, budget) {
      if (!redis) return;
      await redis.readGenerations(item.tags, budget);
      item.verified = UNVERIFIED;
    },
    onFailed: (cause) => report({ type: 'store-failed', operation: 'confirm', keyClass: kind, cause }),
    pauseMs: trustMs / 2,
    joinMs: trustMs,
    clock,
  });
  const works = createSingleFlight<string, unknown, { readonly epoch: number; readonly at: number }>();
  const listeners: ((name: string, derived: Derived<V>) => void)[] = [];

  return {
    peek(name) {
      const now = clock.monotonic();
      const item = alive(name, now);
      if (!item || !isVerified(item, now)) return undefined;
      // Verified again while it is still trusted, so that nobody waits for a value that is read often.
      const isDue = item.verified.until - now < trustMs / 2 && item.verified !== UNVERIFIED;
      if (isDue && revalidator.isDue(item)) runInBackground(revalidator.revalidate(item, newBudget()));
      return item;
    },
    async find(name, budget) {
      const item = alive(name, clock.monotonic());
      if (item && judge(item) === 'unverified') await revalidator.revalidate(item, budget);
      if (item && isServable(item.dependencies)) return { derived: item, tier: 'memory' };
      const found = isShared && (await redis?.read(name, () => items.peek(name), budget));
      return found ? { derived: put(name, found), tier: 'redis' } : undefined;
    },
    noteHit({ tags }, tier) {
      count(tier === 'memory' ? 'hit-memory' : 'hit-redis');
      popularity.note(tags);
    },
    noteMiss: (isJoined) => count(isJoined ? 'coalesced' : 'miss'),
    keep(name, value, sources, { until = Number.POSITIVE_INFINITY, areTrusted = false } = {}) {
      const dependencies = dependenciesOf(sources);
      if (!dependencies || sources.length === 0) return null;
      const [first, ...others] = dependencies;
      const tags =
        first && others.length === 0 ? first.tags : [...new Set(dependencies.flatMap((each) => each.tags))];
      const times = inheritTimes(sources, until, clock);
      const item: DerivedItem<V> = { value, ...times, tags, dependencies, kept: true, verified: UNVERIFIED };
      if (weigh(value) > maxBytes) {
        count('too-large');
        return { ...item, kept: false };
      }
      if (item.staleUntil <= clock.monotonic()) return null;
      // An invalid value would never be served, and could replace a newer one.
      if (!areTrusted && judge(item) === 'invalid') {
        count('fill-discarded');
        return null;
      }
      if (memoryBytes === 0) return { ...item, kept: false };
      if (redis && isShared) runInBackground(redis.write(name, item));
      return put(name, item);
    },
    join<T>(name: string, work: () => Promise<T>) {
      const now = clock.monotonic();
      const joined = works.join(name, ({ epoch, at }) => epoch === generations.epoch && now - at < trustMs);
      if (joined) return { result: joined as Promise<T>, joined: true };
      // Taken before the work begins: the epoch may change while it runs.
      const start = { epoch: generations.epoch, at: now };
      const result = work();
      works.add(name, result, start);
      return { result, joined: false };
    },
    onKept: (listener) => void listeners.push(listener),
    drop(prefix) {
      for (const name of items.keys()) if (name.startsWith(prefix)) items.delete(name);
    },
    // All values come from `keep` and `find`.
    sourcesOf: (derived) => sourcesOf(derived as DerivedItem<V>),
    isTrusted: (sources) => judgeAll(generations, sources) === 'valid',
    usage: () => ({ bytes: items.calculatedSize, items: items.size }),
  };

  /** Keeps the item in memory, unless memory has a valid one that began later. */
  function put(name: string, item: DerivedItem<V>): Derived<V> {
    const held = items.peek(name);
    const isOlder = held && held.loadBeganAt > item.loadBeganAt && !isSameLoad(held.stored, item.stored);
    if (isOlder && judge(held) !== 'invalid') return item;
    items.set(name, item);
    if (items.peek(name) !== item) return { ...item, kept: false };
    for (const listener of listeners) listener(name, item);
    return item;
  }

  function alive(name: string, now: number): DerivedItem<V> | undefined {
    const item = items.get(name);
    // By both clocks: a clock that is set back prolongs nothing, and after midnight the business day is another one.
    const isAlive = item && now < item.staleUntil && clock.now() < item.stored.staleUntil;
    return isAlive ? item : undefined;
  }

  /** Whether the item is valid without a read of Redis. The verdict is kept: most items are read many times an epoch. */
  function isVerified(item: DerivedItem<V>, now: number): boolean {
    if (item.verified.epoch === generations.epoch && now < item.verified.until) return true;
    if (judge(item) !== 'valid') return false;
    const [dependencies, ...others] = item.dependencies;
    // An item of unknown generations is judged each time.
    if (dependencies && others.length === 0 && !('sequence' in dependencies.generations))
      item.verified = { epoch: generations.epoch, until: generations.trustedUntil(item.tags) };
    return true;
  }

  function judge({ dependencies }: DerivedItem<V>) {
    return judgeAll(generations, dependencies);
  }

  function count(type: CountedEvent): void {
    report({ type, keyClass: kind, count: 1 });
  }
}
