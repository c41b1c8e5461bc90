/** The origin of an invalidation. */
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

/** An event of the cache: counts by key class, never values. */
export type CacheEvent =
  | { readonly type: CountedEvent; readonly keyClass: string; readonly count: number }
  /** Stale entries were served; `oldestMs` is how long the oldest had been stale. */
  | {
      readonly type: 'stale';
      readonly keyClass: string;
      readonly count: number;
      readonly oldestMs: number;
    }
  /** A wait for the load of another process has ended, with or without a value. */
  | {
      readonly type: 'lease-waited';
      readonly keyClass: string;
      readonly count: number;
      readonly durationMs: number;
    }
  /** The time that one wait for Redis took from the budget of a request. */
  | { readonly type: 'budget-spent'; readonly durationMs: number }
  /** An adaptive key class chose the fresh lifetime of an entry. */
  | {
      readonly type: 'lifetime-adapted';
      readonly keyClass: string;
      readonly change: 'longer' | 'shorter' | 'same';
      readonly freshMs: number;
    }
  /** The circuit breaker of a Redis node opened or closed; `open` is the number of open breakers. */
  | { readonly type: 'breaker-open' | 'breaker-closed'; readonly open: number }
  | { readonly type: 'load-failed'; readonly keyClass: string; readonly count: number; readonly cause: Error }
  /** A trip to Redis failed; the cache continued without it. */
  | {
      readonly type: 'store-failed';
      readonly operation: string;
      readonly keyClass: string;
      readonly cause: unknown;
    }
  /** Redis refuses commands: it is full, a replica, or its ACL forbids them. Reported once, until it accepts them again. */
  | { readonly type: 'store-refused'; readonly cause: unknown }
  /** Redis refuses messages between processes, for example by its ACL. Reported once, until it accepts one. */
  | {
      readonly type: 'backplane-refused';
      readonly operation: 'publish' | 'subscribe';
      readonly cause: unknown;
    }
  /** The Redis client library threw an error outside of any command. The process continues. */
  | { readonly type: 'store-client-failed'; readonly cause: unknown }
  /** Internal error in work that no request waits for. */
  | { readonly type: 'background-failed'; readonly cause: unknown }
  | {
      readonly type: 'invalidated';
      readonly tags: readonly string[];
      /** How many of the tags had entries. */
      readonly known: number;
      readonly source: InvalidationSource;
      readonly durationMs: number;
    }
  /** Another process has invalidated tags, and sent a message about it. */
  | { readonly type: 'invalidation-heard'; readonly tags: number }
  | {
      readonly type: 'invalidation-failed';
      readonly tags: readonly string[];
      readonly source: InvalidationSource;
      readonly cause: unknown;
    }
  /** Redis began to fail, or replies again. Reported once per change, whatever the number of failures. */
  | { readonly type: 'store-down'; readonly cause: unknown }
  | { readonly type: 'store-up' };

export type Report = (event: CacheEvent) => void;
