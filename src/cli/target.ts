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

/** A session, with its instants in ISO 8601. */
export interface ListedSession {
  /** The SHA-256 of its id: a reference, and no credential. */
  readonly session: string;
  readonly userId: string;
  readonly userName: string;
  readonly signedInAt: string;
  readonly expiresAt: string;
  readonly userAgent: string;
  readonly network: string;
}

export interface RevocationResult {
  /** `kept`: the gateway carries it out once Redis replies. */
  readonly outcome: 'done' | 'kept';
  /** How many sessions Redis had; null if it could not be asked. */
  readonly sessions: number | null;
}

export interface GatewayTarget extends Target {
  /** The sessions of a user, or with null those of the users who signed in last. */
  sessions(user: string | null): Promise<readonly ListedSession[]>;
  revoke(of: { readonly user: string } | { readonly session: string }): Promise<RevocationResult>;
}

/** A failed command. The message is for the person who ran it. */
export class CommandFailed extends Error {
  override name = 'CommandFailed' as const;
}
