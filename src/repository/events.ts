/** Events of the repository: changes at the source, and maintenance of the cache. */
export type RepositoryEvent =
  /** A delivery of change signals was acknowledged. */
  | {
      readonly type: 'signals-taken';
      /** Numbers of accepted and of invalid signals. */
      readonly taken: number;
      readonly refused: number;
      readonly tags: number;
      /** From the earliest change to the acknowledgement, in milliseconds, measured with two clocks. */
      readonly latencyMs: number;
    }
  /** The upstream was read and compared with the last snapshot. */
  | {
      readonly type: 'polled';
      readonly sellers: number;
      readonly catalogs: number;
      /** Sellers and catalogs that were added, changed, moved or removed. */
      readonly changes: number;
      readonly tags: number;
      /** Whether there was no snapshot to compare with, so that everything was invalidated. */
      readonly baseline: boolean;
      readonly durationMs: number;
    }
  | { readonly type: 'poll-failed'; readonly cause: unknown }
  /** `sellers` of `total` are warm, `failed` of them could not be loaded. */
  | {
      readonly type: 'warm-up-progress' | 'warm-up-ended';
      readonly sellers: number;
      readonly total: number;
      /** Number of lists that were loaded; the others were already fresh. */
      readonly loaded: number;
      readonly failed: number;
      readonly durationMs: number;
    }
  | { readonly type: 'warm-up-failed'; readonly cause: unknown }
  /** Lists of the most requested sellers were refreshed before they went stale. */
  | { readonly type: 'kept-warm'; readonly renewed: number; readonly failed: number };

export type Report = (event: RepositoryEvent) => void;
