import type { AuthEvent, TokenRejection } from '../../auth/events.ts';
import type { InvalidationSource } from '../../cache/index.ts';
import { ERROR_CODES } from '../../domain/errors.ts';
import type {
  ClosedBy,
  Delivery,
  Executor,
  HttpEvent,
  RequestOutcome,
  Transport,
} from '../../http/events.ts';
import type { UpstreamEvent } from '../../upstream/events.ts';

type Auth<T extends AuthEvent['type']> = Extract<AuthEvent, { readonly type: T }>;
type LiveRefused = Extract<HttpEvent, { readonly type: 'live-refused' }>;
type LiveRenewed = Extract<HttpEvent, { readonly type: 'live-renewed' }>;
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
  live: true,
});

export const EXECUTORS = every<Executor>({ 'at-once': true, planned: true, reference: true });

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

export const SIGN_IN_OUTCOMES = every<Auth<'sign-in'>['outcome']>({
  accepted: true,
  rejected: true,
  limited: true,
  unavailable: true,
});

export const SIGN_OUT_OUTCOMES = every<Auth<'signed-out'>['outcome']>({ done: true, kept: true });

export const SIGN_IN_LIMITS = every<Auth<'sign-in-limited'>['by']>({
  user: true,
  address: true,
  waiting: true,
});

export const LIMITED_REQUESTS = every<Auth<'client-limited'>['request']>({ hit: true, execution: true });

export const VERIFICATION_OUTCOMES = every<Auth<'session-verified'>['outcome']>({
  live: true,
  absent: true,
  grace: true,
  unavailable: true,
});

export const TOKEN_REJECTIONS = every<TokenRejection>({
  malformed: true,
  algorithm: true,
  signature: true,
  issuer: true,
  audience: true,
  expired: true,
  'not-yet-valid': true,
  'no-key': true,
  claims: true,
});

export const TRANSPORTS = every<Transport>({ sse: true, websocket: true });

export const STREAM_ENDS = every<ClosedBy>({
  client: true,
  slow: true,
  complete: true,
  back: true,
  session: true,
});

export const LIVE_REFUSALS = every<LiveRefused['why']>({ process: true, client: true, stopping: true });

export const RENEWAL_RESULTS = every<LiveRenewed['result']>({ changed: true, unchanged: true, failed: true });

export const FRAME_DELIVERIES = every<Delivery>({
  sent: true,
  waiting: true,
  replaced: true,
  unchanged: true,
});

/** All values of a type; a missing one is a type error. */
function every<V extends string>(values: Readonly<Record<V, true>>): readonly V[] {
  return Object.keys(values) as V[];
}
