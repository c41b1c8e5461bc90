import type { InvalidationSource } from '../../cache/index.ts';
import type { HttpEvent, RequestOutcome } from '../../http/events.ts';
import type { UpstreamEvent } from '../../upstream/events.ts';

type RequestEnded = Extract<HttpEvent, { readonly outcome: RequestOutcome }>;
type HookRefused = Extract<HttpEvent, { readonly type: 'hook-refused' }>;
type UpstreamFailed = Extract<UpstreamEvent, { readonly type: 'upstream-failed' }>;

/** For a label without values known in advance: its series begin with their first count. */
export const AS_THEY_COME: readonly string[] = [];

export const REQUEST_OUTCOMES = every<Exclude<RequestOutcome, 'page'>>({
  hit: true,
  stale: true,
  miss: true,
  bypass: true,
  failed: true,
});

export const ERROR_CODES = every<RequestEnded['codes'][number]>({
  BAD_USER_INPUT: true,
  UPSTREAM_UNAVAILABLE: true,
  UPSTREAM_TIMEOUT: true,
  UPSTREAM_REJECTED: true,
  UPSTREAM_INVALID: true,
  UNAUTHENTICATED: true,
  FORBIDDEN: true,
  INVALIDATION_NOT_ACKNOWLEDGED: true,
  INTERNAL_SERVER_ERROR: true,
  PERSISTED_QUERY_NOT_FOUND: true,
  NOT_CACHED: true,
  NO_REDIS: true,
  OVERLOADED: true,
});

export const HOOK_REFUSALS = every<HookRefused['why']>({
  signature: true,
  timestamp: true,
  body: true,
  overloaded: true,
  'not-acknowledged': true,
});

export const INVALIDATION_SOURCES = every<InvalidationSource>({
  operator: true,
  webhook: true,
  poller: true,
});

export const UPSTREAM_ROUTES = every<UpstreamFailed['route']>({
  'POST /connect/token': true,
  'GET /Seller': true,
  'GET /Seller/{id}': true,
  'GET /Catalog': true,
  'GET /Catalog/{id}': true,
});

/** The usual statuses, including all that alerts count. */
export const UPSTREAM_STATUSES = ['none', '200', '404', '429', '500', '502', '503', '504'];

export const UPSTREAM_CODES = every<Extract<UpstreamFailed['code'], `UPSTREAM_${string}`>>({
  UPSTREAM_UNAVAILABLE: true,
  UPSTREAM_TIMEOUT: true,
  UPSTREAM_REJECTED: true,
  UPSTREAM_INVALID: true,
});

/** All values of a type; a missing one is a type error. */
function every<V extends string>(values: Readonly<Record<V, true>>): readonly V[] {
  return Object.keys(values) as V[];
}
