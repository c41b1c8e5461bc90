/** What the repository reports of changes at the source, and of the work that keeps the cache ready for them. */
export type RepositoryEvent =
  /** A delivery of change signals was acknowledged. */
  | {
      readonly type: 'signals-taken';
      /** How many signals were taken, and how many could not be read. */
      readonly taken: number;
      readonly refused: number;
      readonly tags: number;
      /** From the earliest of the changes to the acknowledgement, in milliseconds, by two clocks. */
      readonly latencyMs: number;
    }
  /** The upstream was read and compared with what it had been. */
  | {
      readonly type: 'polled';
      readonly sellers: number;
      readonly catalogs: number;
      /** Sellers and catalogs that were added, changed, moved or removed. */
      readonly changes: number;
      readonly tags: number;
      /** Whether there was nothing to compare with, so that everything was invalidated. */
      readonly baseline: boolean;
      readonly durationMs: number;
    }
  | { readonly type: 'poll-failed'; readonly cause: unknown }
  /** `sellers` of `total` are warm, `failed` of them could not be loaded. */
  | {
      readonly type: 'warm-up-progress' | 'warm-up-ended';
      readonly sellers: number;
      readonly total: number;
      /** How many lists had to be loaded: the others were there. */
      readonly loaded: number;
      readonly failed: number;
      readonly durationMs: number;
    }
  | { readonly type: 'warm-up-failed'; readonly cause: unknown }
  /** The lists of sellers that are asked for most were renewed ahead of their time. */
  | { readonly type: 'kept-warm'; readonly renewed: number; readonly failed: number };

export type Report = (event: RepositoryEvent) => void;
