import { tracingChannel } from 'node:diagnostics_channel';
import type { ErrorCode } from '../domain/errors.ts';

/** A route template: ids and filters must not reach a log or a metric label. */
export type Route =
  | 'POST /connect/token'
  | 'GET /Seller'
  | 'GET /Seller/{id}'
  | 'GET /Catalog'
  | 'GET /Catalog/{id}';

/** The grant of a token request (RFC 6749, sections 4.3 and 6). */
export type Grant = 'password' | 'refresh_token';

/** The variables of the credentials, named as in the SDK of the upstream. */
export type CredentialVariable =
  | 'ABCONNECT_USERNAME'
  | 'ABCONNECT_PASSWORD'
  | 'ABCONNECT_CLIENT_ID'
  | 'ABCONNECT_CLIENT_SECRET';

/**
 * Events of the upstream client. They carry names, numbers and reasons only: never an address, a credential, a token or a
 * payload. Durations and delays are in milliseconds.
 */
export type UpstreamEvent =
  /** One HTTP exchange ended. `status` is null if no complete response arrived. */
  | {
      readonly type: 'upstream-call';
      readonly route: Route;
      readonly status: number | null;
      readonly attempt: number;
      readonly durationMs: number;
      /** Length of the decompressed response body; 0 if no complete response arrived. */
      readonly bytes: number;
    }
  /** `attempt` failed with a transient failure; the next attempt follows after `delayMs`. */
  | {
      readonly type: 'upstream-retry';
      readonly route: Route;
      readonly attempt: number;
      readonly delayMs: number;
      readonly reason: string;
    }
  /** A call failed after its retries, or a list failed although each of its calls succeeded. */
  | {
      readonly type: 'upstream-failed';
      readonly route: Route;
      readonly code: ErrorCode;
      readonly reason: string;
      readonly durationMs: number;
    }
  /** A body exceeded `maxBytes`: the rest was not read, and the connection was closed. */
  | { readonly type: 'upstream-body-too-large'; readonly route: Route; readonly maxBytes: number }
  /** A response violates the contract; `field` is the first invalid field, empty for the whole response. */
  | { readonly type: 'upstream-payload-rejected'; readonly route: Route; readonly field: string }
  /** `count` items of a list were skipped because of that field. */
  | {
      readonly type: 'upstream-item-rejected';
      readonly route: Route;
      readonly field: string;
      readonly count: number;
    }
  /** The pages of a list contradict each other or their totals, as when it changes during the reading: they are read again. */
  | { readonly type: 'upstream-list-shifted'; readonly route: Route }
  /** After two readings, a list has another number of items than the source states. Its load fails. */
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
  /** The upstream rejected the credentials; `variables` are the ones to check. */
  | {
      readonly type: 'upstream-credentials-rejected';
      readonly route: Route;
      readonly status: number;
      readonly variables: readonly CredentialVariable[];
    };

export type Report = (event: UpstreamEvent) => void;

/** One HTTP exchange with the upstream, as subscribers of `exchangeChannel` get it. */
export interface UpstreamExchange {
  readonly route: Route;
  readonly method: string;
  /** From 1. */
  readonly attempt: number;
  /** Sent with the request. A subscriber may add to them until the exchange has started. */
  readonly headers: Record<string, string>;
  /** Set when a whole response has come. */
  readonly result?: { readonly status: number };
}

/** A tracing channel of node:diagnostics_channel: each exchange, those for tokens included. */
export const exchangeChannel = tracingChannel<unknown, UpstreamExchange>('catalog-gateway:upstream:exchange');
