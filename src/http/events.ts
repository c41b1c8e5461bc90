import { tracingChannel } from 'node:diagnostics_channel';
import type { IncomingHttpHeaders } from 'node:http';
import type { ErrorCode } from '../domain/errors.ts';
import type { ClientName } from './request-head.ts';

export { LABELED_PATHS, ROUTINE_PATHS } from './paths.ts';

/**
 * The outcome of a request. `hit` and `stale`: from the response cache; `miss`: executed; `bypass`: executed without the
 * cache, or not executed because the client forbids it; `failed`: the response has errors, or an error status; `live`: a
 * live response; `page`: not GraphQL.
 */
export type RequestOutcome = 'hit' | 'stale' | 'miss' | 'bypass' | 'failed' | 'live' | 'page';

/**
 * Why an operation has no plan, or its plan gives up: an operation that plans do not support, arguments that do not fit,
 * a resolver that failed, or a value that its field cannot have.
 */
export type BailReason = 'operation' | 'arguments' | 'resolver' | 'value';

/** How a client follows a live response. */
export type Transport = 'sse' | 'websocket';

/** Why this process ends a stream. `back`: the client is to come back, to another process. */
export type EndReason = 'complete' | 'back' | 'session';

/** Who closed a stream: the client, or this process. `slow`: the client took nothing. */
export type ClosedBy = 'client' | 'slow' | EndReason;

/** Why a live question is renewed. `retry`: its response has errors. */
type RenewalCause = 'invalidation' | 'freshness' | 'retry';

/** What became of a frame. `replaced`: it waits, in the place of one that waited before. */
export type Delivery = 'sent' | 'waiting' | 'replaced' | 'unchanged';

/**
 * What executed an operation. `at-once`: a plan, from entries in memory, without a wait; `planned`: a plan whose reads could
 * wait; `reference`: the executor of graphql.
 */
export type Executor = 'at-once' | 'planned' | 'reference';

/** The events of the HTTP layer. */
export type HttpEvent =
  | {
      /** Aborted: the client disconnected before the response was sent. */
      readonly type: 'request' | 'request-aborted';
      readonly requestId: string;
      readonly method: string;
      /** Without the query string, which has the search terms of the client. */
      readonly path: string;
      /** The path of the route that served it; null for an unknown path. */
      readonly route: string | null;
      readonly status: number;
      /** Whether the response came from the response cache. */
      readonly fromCache: boolean;
      /** The name of the operation; null without a name, and for a request that is not GraphQL. */
      readonly operation: string | null;
      readonly outcome: RequestOutcome;
      /** The codes of the response's errors, each once. Empty for a response without errors. */
      readonly codes: readonly ErrorCode[];
      /** The name that the client sends; null without one. */
      readonly client: ClientName | null;
      /** How long the response had been stale; 0 for a fresh one. */
      readonly staleMs: number;
      /** The number of upstream calls that the caches saved. A list counts as one, whatever the number of its pages. */
      readonly callsAvoided: number;
      /** Of a live response: until its first event. */
      readonly durationMs: number;
    }
  /** An operator changes something: the path of the admin API, or the field of GraphQL. */
  | {
      readonly type: 'operator-acted';
      readonly requestId: string;
      readonly operator: string;
      readonly effect: string;
    }
  /** A request had a wrong admin token. */
  | { readonly type: 'admin-refused'; readonly requestId: string; readonly delayMs: number }
  /** A delivery of change signals was refused. */
  | {
      readonly type: 'hook-refused';
      readonly requestId: string;
      readonly why: 'signature' | 'timestamp' | 'body' | 'overloaded' | 'not-acknowledged';
    }
  | { readonly type: 'internal-error'; readonly cause: unknown }
  /** A client follows a live response. */
  | { readonly type: 'live-opened'; readonly transport: Transport }
  /** Its stream has closed: by the client, or by this process. */
  | {
      readonly type: 'live-closed';
      readonly transport: Transport;
      readonly by: ClosedBy;
      readonly durationMs: number;
    }
  /** No place for another live response: in this process, or of the client. */
  | { readonly type: 'live-refused'; readonly why: 'process' | 'client' | 'stopping' }
  /** A live question was renewed: its response was looked up or executed again. */
  | {
      readonly type: 'live-renewed';
      readonly operation: string | null;
      readonly result: 'changed' | 'unchanged' | 'failed';
      readonly durationMs: number;
    }
  /** All subscribers of a live question have its new response, or a newer one. */
  | {
      readonly type: 'live-delivered';
      /** How many frames were sent at once, waited, took the place of one that waited, or were not needed. */
      readonly frames: Readonly<Record<Delivery, number>>;
      /** From the moment at which this process knew of the change until the system had taken the last byte. */
      readonly latenessMs: number;
    }
  /** An operation was executed to its end, with errors or without. */
  | { readonly type: 'executed'; readonly by: Executor }
  /** A repeated operation was compiled. */
  | { readonly type: 'plan-made'; readonly fields: number }
  /** The reference executor executed a compiled operation. A `fault` is reported as an internal error too. */
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

/** A renewal of a live question, as subscribers of `renewalChannel` get it. */
export interface Renewal {
  /** The name of the operation; null for one without. */
  readonly operation: string | null;
  readonly cause: RenewalCause;
  /** How many follow the question. */
  readonly subscribers: number;
  /** Set by Node when the renewal has ended; missing if it failed. */
  readonly result?: 'changed' | 'unchanged';
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

/** Each is a trace of its own: it belongs to no request. */
export const renewalChannel = tracingChannel<unknown, Renewal>('catalog-gateway:live:renewal');
