import type { Budget, Cache, ReadOptions, RecordedEntry } from '../cache/index.ts';
import type { Requester } from '../upstream/fair-queue.ts';

/** What an answer has been made of so far. */
export interface Recording {
  readonly entries: readonly RecordedEntry[];
  /** Whether all that was read came through the cache. */
  readonly cached: boolean;
  /** Until when the answer is good at the longest, whatever its entries say: milliseconds since the epoch. */
  readonly until: number;
}

/** What all reads of one request share: the time they may spend waiting for Redis, and the record of what they gave. */
export interface Read extends ReadOptions {
  readonly budget: Budget;
  readonly recording: Recording;
  /** Whom calls to the upstream are made for: slots for them are shared fairly between requesters. */
  readonly requester: Requester;
  /** Notes that something was read past the cache. */
  pastCache(): void;
  /** Notes that what is made of these reads is another thing from that instant on. */
  goodUntil(instant: Date): void;
}

/** How fresh a request wants what it reads. */
export type ReadDemand = Pick<ReadOptions, 'mode' | 'maxAgeMs'>;

/** Default: each request is a requester by itself. */
export function createRead(cache: Cache, demand: ReadDemand = {}, requester: Requester = {}): Read {
  const entries: RecordedEntry[] = [];
  const recording = { entries, cached: true, until: Number.POSITIVE_INFINITY };
  return {
    ...demand,
    budget: cache.newBudget(),
    record: (entry) => void entries.push(entry),
    recording,
    requester,
    pastCache() {
      recording.cached = false;
    },
    goodUntil(instant) {
      recording.until = Math.min(recording.until, instant.getTime());
    },
  };
}
