/** What the cache reports of its entries: how many of which key class, never a value. */
export type CacheEvent =
  | {
      readonly type: 'hit-memory' | 'hit-redis' | 'stale' | 'miss' | 'fill' | 'invalid-value';
      readonly keyClass: string;
      readonly count: number;
    }
  | { readonly type: 'load-failed'; readonly keyClass: string; readonly count: number; readonly cause: Error }
  | {
      readonly type: 'store-failed';
      readonly keyClass: string;
      readonly operation: 'read' | 'write';
      readonly cause: unknown;
    }
  /** The shared store began to fail, or answers again: once a change, whatever the number of failures. */
  | { readonly type: 'store-down'; readonly cause: unknown }
  | { readonly type: 'store-up' };
