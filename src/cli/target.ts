import type { Inspection, Invalidation } from '../repository/operations.ts';

/** How far a warm-up is. */
export interface WarmProgress {
  /** How many sellers are done with, of how many. */
  readonly sellers: number;
  readonly total: number;
  /** How many lists had to be loaded, and how many could not be. */
  readonly loaded: number;
  readonly failed: number;
}

export interface WarmResult extends WarmProgress {
  readonly complete: boolean;
}

/** An invalidation with its instant in ISO 8601, as every API has it. */
export type AcknowledgedInvalidation = Omit<Invalidation, 'at'> & { readonly at: string };

/** What commands work on: a running gateway, or the Redis that gateways share. */
export interface Target {
  /** Figures by name, in sections. */
  stats(): Promise<Readonly<Record<string, unknown>>>;
  inspect(key: string): Promise<Inspection>;
  invalidate(tags: readonly string[]): Promise<AcknowledgedInvalidation>;
  /**
   * The keys whose part after the namespace matches a glob pattern, in pages, in no order: those of the target's
   * configuration, or those of all namespaces.
   */
  keys(pattern: string, all: boolean): AsyncIterable<readonly string[]>;
  warm(onProgress: (progress: WarmProgress) => void): Promise<WarmResult>;
  close(): Promise<void>;
}

/** What a command was asked to do did not work. The message is for whoever typed it. */
export class CommandFailed extends Error {
  override name = 'CommandFailed' as const;
}
