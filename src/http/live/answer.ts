import type { Watched } from '../../cache/index.ts';
import type { ErrorCode } from '../../domain/errors.ts';

/** A response to a live question. */
export interface LiveAnswer {
  /** The JSON of the result. */
  readonly bytes: Buffer;
  /** The codes of its errors, each once. */
  readonly codes: readonly ErrorCode[];
  readonly watched: Watched;
}

/** What the subscribers of one question see: the same bytes for all of them. */
export interface LiveQuery {
  /** Questions with the same key have the same responses. */
  readonly key: string;
  /** The name of the operation; null for one without. */
  readonly operation: string | null;
  /** Answers the question for nobody in particular, from fresh entries. */
  renew(): Promise<LiveAnswer>;
}
