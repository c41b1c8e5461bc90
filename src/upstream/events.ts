import type { ErrorCode } from '../domain/errors.ts';

/** A route as a template, so that ids and filters never end up in a log or become a metric's label. */
export type Route =
  | 'POST /connect/token'
  | 'GET /Seller'
  | 'GET /Seller/{id}'
  | 'GET /Catalog'
  | 'GET /Catalog/{id}';

/** How a token is asked for (RFC 6749, sections 4.3 and 6). */
export type Grant = 'password' | 'refresh_token';

/** The variables that hold the credentials, by the names that the upstream's own SDK gave them. */
export type CredentialVariable =
  | 'ABCONNECT_USERNAME'
  | 'ABCONNECT_PASSWORD'
  | 'ABCONNECT_CLIENT_ID'
  | 'ABCONNECT_CLIENT_SECRET';

/**
 * What the client did and met. Names, numbers and reasons only: never an address, a credential, a token or a
 * payload. Durations and delays are in milliseconds.
 */
export type UpstreamEvent =
  /** One HTTP exchange ended. `status` is null where no whole answer came. */
  | {
      readonly type: 'upstream-call';
      readonly route: Route;
      readonly status: number | null;
      readonly attempt: number;
      readonly durationMs: number;
      /** Of the answer's body, decompressed; 0 where no whole answer came. */
      readonly bytes: number;
    }
  /** `attempt` failed for a passing reason; the next follows after `delayMs`. */
  | {
      readonly type: 'upstream-retry';
      readonly route: Route;
      readonly attempt: number;
      readonly delayMs: number;
      readonly reason: string;
    }
  /** A call ended without a usable answer, its retries included; or a list did, all of whose calls had one. */
  | {
      readonly type: 'upstream-failed';
      readonly route: Route;
      readonly code: ErrorCode;
      readonly reason: string;
      readonly durationMs: number;
    }
  /** A body was longer than the bound, in bytes: the rest was not read, and the connection was closed. */
  | { readonly type: 'upstream-body-too-large'; readonly route: Route; readonly maxBytes: number }
  /** An answer was not what the contract says; `field` is the first that was wrong, empty for the whole answer. */
  | { readonly type: 'upstream-payload-rejected'; readonly route: Route; readonly field: string }
  /** `count` items of a list were left out for that field. */
  | {
      readonly type: 'upstream-item-rejected';
      readonly route: Route;
      readonly field: string;
      readonly count: number;
    }
  /** The pages of a list contradict each other or their totals, as when it changes meanwhile: they are read once more. */
  | { readonly type: 'upstream-list-shifted'; readonly route: Route }
  /** A list, read twice, did not hold as many items as the source says it has. The load of it fails. */
  | {
      readonly type: 'upstream-list-incomplete';
      readonly route: Route;
      readonly expected: number;
      readonly found: number;
    }
  | {
      readonly type: 'upstream-token-renewed';
      readonly grant: Grant;
      readonly lifetimeMs: number;
      readonly durationMs: number;
    }
  /** The upstream refused the credentials; `variables` are the ones to check. */
  | {
      readonly type: 'upstream-credentials-rejected';
      readonly route: Route;
      readonly status: number;
      readonly variables: readonly CredentialVariable[];
    };

export type Report = (event: UpstreamEvent) => void;
