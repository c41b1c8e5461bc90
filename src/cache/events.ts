type CountedEvent =
  | 'hit-memory'
  | 'hit-redis'
  | 'stale'
  | 'refresh-early'
  | 'miss'
  | 'coalesced'
  | 'lease-won'
  | 'lease-waited'
  | 'lease-lost'
  | 'fill'
  | 'fill-discarded'
  | 'too-large'
  | 'invalid-value';

/** What the cache reports: how many of which key class, never a value. */
export type CacheEvent =
  | { readonly type: CountedEvent; readonly keyClass: string; readonly count: number }
  | { readonly type: 'load-failed'; readonly keyClass: string; readonly count: number; readonly cause: Error }
  /** A trip to Redis that failed; the cache went on without it. */
  | {
      readonly type: 'store-failed';
      readonly operation: string;
      readonly keyClass: string;
      readonly cause: unknown;
    }
  /** Redis refuses commands, as a full one does, a replica, or an ACL: once, until it takes all of a trip. */
  | { readonly type: 'store-refused'; readonly cause: unknown }
  /** Redis refuses messages between processes, as its ACL may: once, until it takes one. */
  | {
      readonly type: 'backplane-refused';
      readonly operation: 'publish' | 'subscribe';
      readonly cause: unknown;
    }
  /** A fault of ours, where no answer was waiting for it. */
  | { readonly type: 'background-failed'; readonly cause: unknown }
  | { readonly type: 'invalidated'; readonly tags: readonly string[]; readonly durationMs: number }
  | { readonly type: 'invalidation-failed'; readonly tags: readonly string[]; readonly cause: unknown }
  /** Redis began to fail, or answers again: once a change, whatever the number of failures. */
  | { readonly type: 'store-down'; readonly cause: unknown }
  | { readonly type: 'store-up' };

export type Report = (event: CacheEvent) => void;
