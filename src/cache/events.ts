/** Who asked for an invalidation. */
export type InvalidationSource = 'operator' | 'webhook' | 'poller';

export type CountedEvent =
  | 'hit-memory'
  | 'hit-redis'
  | 'refresh-early'
  | 'miss'
  | 'coalesced'
  | 'lease-won'
  | 'lease-lost'
  | 'fill'
  | 'fill-discarded'
  | 'too-large'
  | 'invalid-value';

/** What the cache reports: how many of which key class, never a value. */
export type CacheEvent =
  | { readonly type: CountedEvent; readonly keyClass: string; readonly count: number }
  /** Served past its freshness; `oldestMs` is by how much the oldest of them. */
  | {
      readonly type: 'stale';
      readonly keyClass: string;
      readonly count: number;
      readonly oldestMs: number;
    }
  /** Another process's load was waited for, whatever came of it. */
  | {
      readonly type: 'lease-waited';
      readonly keyClass: string;
      readonly count: number;
      readonly durationMs: number;
    }
  /** What one wait of a request for Redis took out of its budget. */
  | { readonly type: 'budget-spent'; readonly durationMs: number }
  /** What an adaptive class made of an entry's time to live. */
  | {
      readonly type: 'lifetime-adapted';
      readonly keyClass: string;
      readonly change: 'longer' | 'shorter' | 'same';
      readonly freshMs: number;
    }
  /** A node of Redis is left alone, or asked again; `open` is how many are left alone now. */
  | { readonly type: 'breaker-open' | 'breaker-closed'; readonly open: number }
  | { readonly type: 'load-failed'; readonly keyClass: string; readonly count: number; readonly cause: Error }
  /** A trip to Redis that failed; the cache went on without it. */
  | {
      readonly type: 'store-failed';
      readonly operation: string;
      readonly keyClass: string;
      readonly cause: unknown;
    }
  /** Redis refuses commands, as a full one does, a replica, or an ACL: once, until it takes them again. */
  | { readonly type: 'store-refused'; readonly cause: unknown }
  /** Redis refuses messages between processes, as its ACL may: once, until it takes one. */
  | {
      readonly type: 'backplane-refused';
      readonly operation: 'publish' | 'subscribe';
      readonly cause: unknown;
    }
  /** The Redis client library threw an error outside of any command. The process goes on. */
  | { readonly type: 'store-client-failed'; readonly cause: unknown }
  /** A fault of ours, where no answer was waiting for it. */
  | { readonly type: 'background-failed'; readonly cause: unknown }
  | {
      readonly type: 'invalidated';
      readonly tags: readonly string[];
      /** How many of the tags had entries. */
      readonly known: number;
      readonly source: InvalidationSource;
      readonly durationMs: number;
    }
  /** Another process has told that it invalidated tags. */
  | { readonly type: 'invalidation-heard'; readonly tags: number }
  | {
      readonly type: 'invalidation-failed';
      readonly tags: readonly string[];
      readonly source: InvalidationSource;
      readonly cause: unknown;
    }
  /** Redis began to fail, or answers again: once a change, whatever the number of failures. */
  | { readonly type: 'store-down'; readonly cause: unknown }
  | { readonly type: 'store-up' };

export type Report = (event: CacheEvent) => void;
