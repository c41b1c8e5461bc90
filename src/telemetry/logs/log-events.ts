import type { CacheEvent } from '../../cache/events.ts';
import type { HttpEvent } from '../../http/events.ts';
import type { RepositoryEvent } from '../../repository/events.ts';
import type { UpstreamEvent } from '../../upstream/events.ts';
import { ROUTINE_PATHS } from '../routine-paths.ts';
import type { TracingEvent } from '../tracing/events.ts';
import { createLineRation } from './line-ration.ts';
import type { Logger } from './logger.ts';
import type { OutputEvent } from './output.ts';

export type GatewayEvent =
  | CacheEvent
  | HttpEvent
  | OutputEvent
  | RepositoryEvent
  | TracingEvent
  | UpstreamEvent;

type Level = 'debug' | 'info' | 'warn' | 'error';

/** What needs somebody's attention, by how much; every other event is a detail of normal work. */
export const LINES: Partial<Record<GatewayEvent['type'], readonly [Level, string]>> = {
  request: ['info', 'request'],
  'request-aborted': ['info', 'the client left before its answer was sent'],
  'admin-refused': ['warn', "somebody sent another token than the admin's"],
  'hook-refused': ['warn', 'a delivery of change signals was refused'],
  'internal-error': ['error', 'a fault of ours'],
  'background-failed': ['error', 'a fault of ours, behind an answer'],
  invalidated: ['info', 'tags were invalidated'],
  'invalidation-failed': ['warn', 'Redis did not take an invalidation'],
  'load-failed': ['warn', 'a load failed; stale entries stand'],
  'store-down': ['warn', 'Redis does not answer; going on without it'],
  'store-up': ['info', 'Redis answers'],
  'breaker-open': ['warn', 'a node of Redis is left alone'],
  'breaker-closed': ['info', 'a node of Redis is asked again'],
  'store-refused': ['warn', 'Redis refuses commands: it may be full, a replica, or lack rights'],
  'backplane-refused': ['warn', 'Redis refuses messages between processes; check the rights on its channels'],
  'store-client-failed': ['error', 'the Redis client library failed; going on'],
  'invalid-value': ['warn', 'Redis holds values that are not ours; they are replaced'],
  'signals-taken': ['info', 'change signals were taken'],
  polled: ['info', 'the source was compared with what it was'],
  'poll-failed': ['warn', 'the source could not be compared with what it was'],
  'warm-up-ended': ['info', 'the warm-up has ended'],
  'warm-up-failed': ['warn', 'the warm-up failed'],
  'log-lines-dropped': ['warn', 'log lines were dropped; standard output takes them again'],
  'traces-lost': ['warn', 'the collector takes no traces; they are lost'],
  'traces-taken': ['info', 'the collector takes traces again'],
  'upstream-failed': ['warn', 'the upstream failed a call'],
  'upstream-body-too-large': ['error', 'the upstream sent a body over the bound; its connection was closed'],
  'upstream-payload-rejected': ['error', 'the upstream sent what its contract does not allow'],
  'upstream-item-rejected': ['warn', 'items of a list were left out'],
  'upstream-list-shifted': ['info', 'a list changed while it was read; reading it again'],
  'upstream-list-incomplete': [
    'error',
    'a list has another number of items than the upstream states; its load failed',
  ],
  'upstream-credentials-rejected': ['error', 'the upstream refused the credentials; check these variables'],
};

// An invalidation may have ten thousands of them.
const MOST_TAGS = 20;
// Clients choose names and paths.
const MOST_CHARACTERS = 100;
// Whoever guesses tokens would fill the log.
const MOST_REFUSALS_A_MINUTE = 10;

export interface LogEventsOptions {
  /** One in so many answers from the cache has its line at `info`; 0 for none. */
  readonly hitsEvery: number;
  /** What every line carries beside its event, such as the id of the request that it is about. */
  readonly context?: () => object;
  readonly clock: { monotonic(): number };
}

/** Writes events as log lines, the event's fields beside the message. */
export function logEvents(
  logger: Logger,
  { hitsEvery, context, clock }: LogEventsOptions,
): (event: GatewayEvent) => void {
  const refusals = createLineRation(MOST_REFUSALS_A_MINUTE, clock);
  let hits = 0;

  return (event) => {
    const { type } = event;
    const sampled = isHit(event) && isSampled();
    const [level, message] = LINES[type] ?? ['debug', type];
    const leftOut = type === 'admin-refused' ? refusals() : 0;
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

  /** The first is, and then one in so many. */
  function isSampled(): boolean {
    if (hitsEvery === 0) return false;
    hits += 1;
    return (hits - 1) % hitsEvery === 0;
  }
}

function isHit(event: GatewayEvent): boolean {
  return event.type === 'request' && event.fromCache;
}

/** What is no news, though other events of its type are. */
function isRoutine(event: GatewayEvent): boolean {
  switch (event.type) {
    case 'request':
    case 'request-aborted':
      return event.fromCache || ROUTINE_PATHS.has(event.path);
    case 'polled':
      return event.changes === 0 && !event.baseline;
    // What comes of one that failed is told of the poll.
    case 'invalidated':
    case 'invalidation-failed':
      return event.source === 'upkeep';
    default:
      return false;
  }
}

/** What may be long, in the place of what it was. */
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
      return { tags: event.tags.slice(0, MOST_TAGS), tagCount: event.tags.length };
    default:
      return {};
  }
}

function cut(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS).toWellFormed()}…` : text;
}
