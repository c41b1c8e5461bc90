import type { Budget, Cache, KeyClass, ReadOptions, RecordedEntry, Trial } from '../cache/index.ts';
import type { Requester } from '../upstream/fair-queue.ts';

/** The entries that a response depends on so far. */
export interface Recording {
  readonly entries: readonly RecordedEntry[];
  /** Whether every read went through the cache. */
  readonly cached: boolean;
  /** Latest expiry of the response, whatever its entries allow, in milliseconds since the epoch. */
  readonly until: number;
}

/** State shared by all reads of one request: the Redis budget, and the record of the entries read. */
export interface Read extends ReadOptions {
  readonly budget: Budget;
  readonly recording: Recording;
  /** Null for reads that may wait. */
  readonly trial: Trial | null;
  /** The requester of upstream calls; call slots are shared fairly between requesters. */
  readonly requester: Requester;
  /** Marks the response uncacheable: something was read without the cache. */
  markUncacheable(): void;
  /** Limits the expiry of the response: it changes at that instant, even if its entries do not. */
  expireAt(instant: Date): void;
}

/** The freshness that a request demands. */
export type ReadDemand = Pick<ReadOptions, 'mode' | 'maxAgeMs' | 'awaitRefresh'>;

/** Default: each request is its own requester, and its reads may wait. */
export function createRead(
  cache: Cache,
  demand: ReadDemand = {},
  requester: Requester = {},
  trial: Trial | null = null,
): Read {
  const entries: RecordedEntry[] = [];
  const recording = { entries, cached: true, until: Number.POSITIVE_INFINITY };
  return {
    ...demand,
    budget: cache.newBudget(),
    record: (entry) => void entries.push(entry),
    recording,
    trial,
    requester,
    markUncacheable() {
      recording.cached = false;
    },
    expireAt(instant) {
      recording.until = Math.min(recording.until, instant.getTime());
    },
  };
}

/** The value of one entry: at once in a trial. */
export function readOne<I, V>(
  cache: Pick<Cache, 'get'>,
  keyClass: KeyClass<I, V>,
  id: I,
  load: (id: I) => Promise<V>,
  read: Read,
): V | Promise<V> {
  return read.trial ? read.trial.get(keyClass, id, load, read) : cache.get(keyClass, id, load, read);
}
