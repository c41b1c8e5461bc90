import type { AuthEvent } from '../../auth/events.ts';
import type { CacheEvent } from '../../cache/index.ts';
import { type HttpEvent, ROUTINE_PATHS } from '../../http/events.ts';
import type { RepositoryEvent } from '../../repository/events.ts';
import type { SandboxEvent } from '../../sandbox/events.ts';
import type { UpstreamEvent } from '../../upstream/events.ts';
import type { TracingEvent } from '../tracing/events.ts';
import { createLineRation } from './line-ration.ts';
import type { Logger } from './logger.ts';
import type { OutputEvent } from './output.ts';

export type GatewayEvent =
  | AuthEvent
  | CacheEvent
  | HttpEvent
  | OutputEvent
  | RepositoryEvent
  | SandboxEvent
  | TracingEvent
  | UpstreamEvent;

type Level = 'debug' | 'info' | 'warn' | 'error';

/** The events that need attention, with their level and message; every other event is logged at `debug`. */
export const LINES: Partial<Record<GatewayEvent['type'], readonly [Level, string]>> = {
  request: ['info', 'request'],
  'request-aborted': ['info', 'client disconnected before the response was sent'],
  'admin-refused': ['warn', 'request with a wrong admin token'],
  'operator-acted': ['info', 'operator changes something'],
  'signed-out': ['info', 'signed out'],
  'sign-in': ['info', 'sign-in'],
  'sign-in-limited': ['warn', 'attempts to sign in exceed their limit'],
  'client-limited': ['info', 'client exceeds its limit'],
  'live-refused': ['warn', 'live response refused: no place'],
  'live-closed': ['info', 'live response ended'],
  'sign-out-kept': ['warn', 'Redis did not take a sign-out; it is kept and carried out later'],
  'sign-outs-carried-out': ['info', 'kept sign-outs are carried out'],
  'session-store-down': ['warn', 'Redis of the sessions is down; recently verified sessions stay signed in'],
  'session-store-up': ['info', 'Redis of the sessions is up'],
  'session-store-refused': [
    'warn',
    'Redis of the sessions refuses commands: it is full, a replica, or its ACL denies them',
  ],
  'sessions-evictable': [
    'warn',
    'Redis may evict sessions, which signs people out; set SESSION_REDIS_URL, or noeviction',
  ],
  'token-rejected': ['info', 'bearer token rejected'],
  'jwks-failed': ['warn', 'the key set of bearer tokens cannot be fetched; the keys in memory are used'],
  'jwks-fetched': ['info', 'key set of bearer tokens fetched'],
  'hook-refused': ['warn', 'webhook delivery refused'],
  'internal-error': ['error', 'internal error'],
  'background-failed': ['error', 'internal error in background work'],
  invalidated: ['info', 'tags invalidated'],
  'invalidation-failed': ['warn', 'Redis did not acknowledge an invalidation'],
  'load-failed': ['warn', 'load failed; stale entries are still served'],
  'store-down': ['warn', 'Redis is down; continuing without it'],
  'store-up': ['info', 'Redis is up'],
  'breaker-open': ['warn', 'Redis circuit breaker opened'],
  'breaker-closed': ['info', 'Redis circuit breaker closed'],
  'store-refused': ['warn', 'Redis refuses commands: it is full, a replica, or its ACL denies them'],
  'backplane-refused': ['warn', 'Redis refuses pub/sub messages; check the channel permissions of its ACL'],
  'store-client-failed': ['error', 'the Redis client library failed; continuing'],
  'invalid-value': ['warn', 'invalid values in Redis; they are replaced'],
  'signals-taken': ['info', 'change signals accepted'],
  'sandbox-webhook-failed': ['warn', 'webhook of the sandbox not accepted; its receiver misses the changes'],
  polled: ['info', 'poll completed'],
  'poll-failed': ['warn', 'poll failed'],
  'warm-up-ended': ['info', 'warm-up completed'],
  'warm-up-failed': ['warn', 'warm-up failed'],
  'log-lines-dropped': ['warn', 'log lines were dropped; standard output accepts lines again'],
  'traces-lost': ['warn', 'the trace collector is failing; traces are lost'],
  'traces-taken': ['info', 'the trace collector accepts traces again'],
  'upstream-failed': ['warn', 'upstream call failed'],
  'upstream-body-too-large': ['error', 'upstream response exceeds the size limit; connection closed'],
  'upstream-payload-rejected': ['error', 'upstream response violates its contract'],
  'upstream-item-rejected': ['warn', 'invalid items skipped in an upstream list'],
  'upstream-list-shifted': ['info', 'upstream list changed while its pages were read; reading it again'],
  'upstream-list-incomplete': [
    'error',
    'upstream list is incomplete: its item count differs from the stated total; load failed',
  ],
  'upstream-credentials-rejected': ['error', 'upstream rejected the credentials; check these variables'],
};

// An invalidation can have tens of thousands of tags.
const MAX_TAGS = 20;
// Clients choose names and paths, so their length is bounded.
const MAX_CHARACTERS = 100;
// Guessing tokens or passwords, and clients over their limit, must not fill the log.
const MAX_REFUSALS_A_MINUTE = 10;

/** Any client can cause these at will. Each type has its own limit of lines. */
const RATIONED: readonly GatewayEvent['type'][] = [
  'admin-refused',
  'client-limited',
  'live-closed',
  'live-refused',
  'sign-in',
  'sign-in-limited',
  'sign-out-kept',
  'signed-out',
  'token-rejected',
];

export interface LogEventsOptions {
  /** One in this many cache hits is logged at `info`; 0 for none. */
  readonly hitsEvery: number;
  /** Fields added to every line, such as the id of its request. */
  readonly context?: () => object;
  readonly clock: { monotonic(): number };
}

/** Writes events as log lines; the fields of the event stand beside the message. */
export function logEvents(
  logger: Logger,
  { hitsEvery, context, clock }: LogEventsOptions,
): (event: GatewayEvent) => void {
  const rations = new Map(RATIONED.map((type) => [type, createLineRation(MAX_REFUSALS_A_MINUTE, clock)]));
  let hits = 0;

  return (event) => {
    const { type } = event;
    const sampled = isHit(event) && isSampled();
    const [level, message] = LINES[type] ?? ['debug', type];
    const ration = isAccepted(event) ? undefined : rations.get(type);
    const leftOut = ration ? ration() : 0;
    const isDetail = leftOut === null || (!sampled && isRoutine(event));
    const itsLevel = isDetail ? 'debug' : level;
    if (!logger.isLevelEnabled(itsLevel)) return;
    const { type: _, cause, ...details } = event as { type: string; cause?: unknown };
    logger[itsLevel](
      {
        ...context?.(),
        event: type,
        ...details,
        ...shortened(event),
        ...(leftOut && { leftOut }),
        ...(sampled && { sampledOneIn: hitsEvery }),
        ...(cause !== undefined && { err: cause }),
      },
      message,
    );
  };

  /** True for the first hit, then for one in `hitsEvery`. */
  function isSampled(): boolean {
    if (hitsEvery === 0) return false;
    hits += 1;
    return (hits - 1) % hitsEvery === 0;
  }
}

/** Sign-ins that are not refusals have a line each. Ends of streams that are routine take no line of another. */
function isAccepted(event: GatewayEvent): boolean {
  return (event.type === 'sign-in' && event.outcome === 'accepted') || isUsualEnd(event);
}

function isUsualEnd(event: GatewayEvent): boolean {
  return event.type === 'live-closed' && event.by !== 'slow';
}

function isHit(event: GatewayEvent): boolean {
  return event.type === 'request' && event.fromCache;
}

/** Whether the event is routine, although other events of its type are not. */
function isRoutine(event: GatewayEvent): boolean {
  switch (event.type) {
    case 'request':
    case 'request-aborted':
      return event.fromCache || ROUTINE_PATHS.has(event.path);
    case 'polled':
      return event.changes === 0 && !event.baseline;
    default:
      return isUsualEnd(event);
  }
}

/** Shortened replacements for fields that can be long. */
function shortened(event: GatewayEvent): object {
  switch (event.type) {
    case 'request':
    case 'request-aborted':
      return {
        path: cut(event.path),
        operation: event.operation && cut(event.operation),
        codes: event.codes.length > 0 ? event.codes : undefined,
        client: event.client ? cut(event.client.name) : undefined,
        clientVersion: event.client?.version ? cut(event.client.version) : undefined,
      };
    case 'invalidated':
    case 'invalidation-failed':
      return { tags: event.tags.slice(0, MAX_TAGS), tagCount: event.tags.length };
    default:
      return {};
  }
}

function cut(text: string): string {
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS).toWellFormed()}…` : text;
}
