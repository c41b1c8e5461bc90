import type { Inspection, Invalidation } from '../repository/operations.ts';

/** Progress of a warm-up. */
export interface WarmProgress {
  /** Finished sellers and their total. */
  readonly sellers: number;
  readonly total: number;
  /** Loaded lists and failed loads. */
  readonly loaded: number;
  readonly failed: number;
}

export interface WarmResult extends WarmProgress {
  readonly complete: boolean;
}

/** An invalidation with its instant in ISO 8601, as in every API. */
export type AcknowledgedInvalidation = Omit<Invalidation, 'at'> & { readonly at: string };

/** The target of a command: a running gateway, or the Redis that gateways share. */
export interface Target {
  /** Statistics by name, in sections. */
  stats(): Promise<Readonly<Record<string, unknown>>>;
  inspect(key: string): Promise<Inspection>;
  invalidate(tags: readonly string[]): Promise<AcknowledgedInvalidation>;
  /**
   * Pages of keys whose part after the namespace matches a glob pattern, in no order: keys of the configuration of the
   * target, or of all namespaces.
   */
  keys(pattern: string, all: boolean): AsyncIterable<readonly string[]>;
  warm(onProgress: (progress: WarmProgress) => void): Promise<WarmResult>;
  close(): Promise<void>;
}

/** A failed command. The message is for the person who ran it. */
export class CommandFailed extends Error {
  override name = 'CommandFailed' as const;
}
