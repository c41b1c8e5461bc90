import { tracingChannel } from 'node:diagnostics_channel';
import type { IncomingHttpHeaders } from 'node:http';
import type { ErrorCode } from '../domain/errors.ts';
import type { ClientName } from './client-name.ts';

export { LABELED_PATHS, ROUTINE_PATHS } from './paths.ts';

/**
 * What became of a request. `hit` and `stale`: from the response cache; `miss`: executed; `bypass`: executed where that
 * has no part, or not executed since the client would have it so; `failed`: the answer has errors, or its status is one;
 * `page`: no GraphQL.
 */
export type RequestOutcome = 'hit' | 'stale' | 'miss' | 'bypass' | 'failed' | 'page';

/**
 * Why an operation has no plan, or its plan gives up: an operation that plans do not support, arguments that do not fit,
 * a resolver that failed, or a value that its field cannot have.
 */
export type BailReason = 'operation' | 'arguments' | 'resolver' | 'value';

/** What the HTTP layer reports. */
export type HttpEvent =
  | {
      /** Aborted: the client went away before its answer was sent. */
      readonly type: 'request' | 'request-aborted';
      readonly requestId: string;
      readonly method: string;
      /** Without the query string, which holds what a client searched for. */
      readonly path: string;
      readonly status: number;
      /** Whether the response cache had the answer. */
      readonly fromCache: boolean;
      /** The name of the operation; null for what has none, and for what is no GraphQL. */
      readonly operation: string | null;
      readonly outcome: RequestOutcome;
      /** The codes of the response's errors, each once. Empty for a response without errors. */
      readonly codes: readonly ErrorCode[];
      /** What the client calls itself; null where it does not say. */
      readonly client: ClientName | null;
      /** How long the answer had been past its freshness; 0 for a fresh one. */
      readonly staleMs: number;
      /** How many calls to the upstream the cache made needless; a list counts as one, however many pages it has. */
      readonly callsAvoided: number;
      readonly durationMs: number;
    }
  /** Somebody sent another token than the admin's. */
  | { readonly type: 'admin-refused'; readonly requestId: string; readonly delayMs: number }
  /** A delivery of change signals was refused. */
  | {
      readonly type: 'hook-refused';
      readonly requestId: string;
      readonly why: 'signature' | 'timestamp' | 'body' | 'overloaded' | 'not-acknowledged';
    }
  | { readonly type: 'internal-error'; readonly cause: unknown }
  /** An operation that is executed again was compiled. */
  | { readonly type: 'plan-made'; readonly fields: number }
  /** A compiled operation was executed by the reference executor after all. A fault is reported by itself too. */
  | {
      readonly type: 'plan-abandoned';
      readonly why: BailReason | 'fault';
    };

/** A request, as subscribers of `requestChannel` get it. */
export interface RequestContext {
  readonly requestId: string;
  readonly method: string;
  /** Without the query string. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Set by the subscriber that traces the request. Log lines of the request carry it. */
  traceId?: string;
  /** Set when the request has ended. */
  ended?: Extract<HttpEvent, { readonly outcome: RequestOutcome }>;
}

/**
 * Tracing channels of node:diagnostics_channel. All work of a request runs in the stores that are bound to the `start`
 * of its channel, and the report of its end in those of `asyncEnd`. The other three parts of that channel are not used.
 */
export const requestChannel = tracingChannel<unknown, RequestContext>('catalog-gateway:http:request');

/** An execution of an operation that has a name, or null for one without. */
export const executionChannel = tracingChannel<unknown, { readonly operation: string | null }>(
  'catalog-gateway:graphql:execution',
);
