/** Every code that a client can meet in `extensions.code`. Metrics have them as label; docs/graphql.md describes them. */
export const ERROR_CODES = [
  'BAD_USER_INPUT',
  'UPSTREAM_UNAVAILABLE',
  'UPSTREAM_TIMEOUT',
  'UPSTREAM_REJECTED',
  'UPSTREAM_INVALID',
  'UNAUTHENTICATED',
  'SESSION_UNAVAILABLE',
  'RATE_LIMITED',
  'FORBIDDEN',
  'INVALIDATION_NOT_ACKNOWLEDGED',
  'INTERNAL_SERVER_ERROR',
  // Codes of requests that are refused before execution.
  'PERSISTED_QUERY_NOT_FOUND',
  'NOT_CACHED',
  'NO_REDIS',
  'OVERLOADED',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/**
 * A failure with a code that clients can act on. Its message goes to the client as it is, so it names no host,
 * token or key; what operators need is in `cause` and in the events that the failing layer reports.
 */
export abstract class GatewayError extends Error {
  abstract readonly code: ErrorCode;
  /** How long to wait before trying again, in milliseconds, where that is known. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: ErrorOptions & { readonly retryAfterMs?: number } = {}) {
    super(message, options);
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** An argument outside its bounds. The message names the argument, the value and the bounds. */
export class BadUserInput extends GatewayError {
  override name = 'BadUserInput' as const;
  readonly code = 'BAD_USER_INPUT';
}

/** The upstream could not be reached, refused for load, or failed by itself (429 and 5xx after the retries). */
export class UpstreamUnavailable extends GatewayError {
  override name = 'UpstreamUnavailable' as const;
  readonly code = 'UPSTREAM_UNAVAILABLE';
}

/** The upstream did not answer within the deadline. */
export class UpstreamTimeout extends GatewayError {
  override name = 'UpstreamTimeout' as const;
  readonly code = 'UPSTREAM_TIMEOUT';
}

/** The upstream refused the credentials or the request (4xx). */
export class UpstreamRejected extends GatewayError {
  override name = 'UpstreamRejected' as const;
  readonly code = 'UPSTREAM_REJECTED';
}

/** The upstream answered with something that is not what its contract says. */
export class UpstreamInvalid extends GatewayError {
  override name = 'UpstreamInvalid' as const;
  readonly code = 'UPSTREAM_INVALID';
}

/** The same of one seller: none of its catalogs could be read. What is known of other sellers stands. */
export class CatalogsUnreadable extends UpstreamInvalid {}

/** The catalogs of some sellers could not be loaded. Those of the others stand. */
export class SellersMissing extends GatewayError {
  override name = 'SellersMissing' as const;
  readonly code: ErrorCode;
  /** How many sellers are missing. */
  readonly missingSellers: number;

  /** `failures` has an error for each missing seller, `total` counts all sellers. The code is that of most failures. */
  constructor(failures: readonly Error[], total: number) {
    const failed = failures.filter((failure) => failure instanceof GatewayError);
    const retryAfterMs = Math.max(...failed.map((failure) => failure.retryAfterMs ?? 0));
    super(`The catalogs of ${failures.length} of ${total} sellers could not be loaded.`, {
      ...(retryAfterMs > 0 && { retryAfterMs }),
    });
    this.missingSellers = failures.length;
    const byCode = [...Map.groupBy(failed, ({ code }) => code)].sort(([, a], [, b]) => b.length - a.length);
    this.code = byCode[0]?.[0] ?? 'INTERNAL_SERVER_ERROR';
  }
}

/** The operation is for operators, and the request does not come from one. */
export class Forbidden extends GatewayError {
  override name = 'Forbidden' as const;
  readonly code = 'FORBIDDEN';
}

/** It cannot be decided who sends the request: the store of the sessions, or the keys of the tokens, cannot be reached. */
export class SessionUnavailable extends GatewayError {
  override name = 'SessionUnavailable' as const;
  readonly code = 'SESSION_UNAVAILABLE';
}

/** The client has used its points, or has tried to sign in too often. */
export class RateLimited extends GatewayError {
  override name = 'RateLimited' as const;
  readonly code = 'RATE_LIMITED';
}

/** Redis did not take an invalidation. Some of it may be done; to send it again is safe. */
export class InvalidationNotAcknowledged extends GatewayError {
  override name = 'InvalidationNotAcknowledged' as const;
  readonly code = 'INVALIDATION_NOT_ACKNOWLEDGED';
}

/** A batch response has nothing about a seller that it was requested for: an internal error. */
export class SellerMissing extends Error {
  override name = 'SellerMissing' as const;

  constructor(sellerId: number) {
    super(`the batch response has nothing about seller ${sellerId}`);
  }
}
