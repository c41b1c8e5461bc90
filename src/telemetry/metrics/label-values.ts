import type { InvalidationSource } from '../../cache/index.ts';
import { ERROR_CODES } from '../../domain/errors.ts';
import type { HttpEvent, RequestOutcome } from '../../http/events.ts';
import type { UpstreamEvent } from '../../upstream/events.ts';

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

export const UPSTREAM_CODES = ERROR_CODES.filter((code) => code.startsWith('UPSTREAM_'));

/** All values of a type; a missing one is a type error. */
function every<V extends string>(values: Readonly<Record<V, true>>): readonly V[] {
  return Object.keys(values) as V[];
}
