import type { CacheEvent } from '../cache/events.ts';
import type { HttpEvent } from '../http/events.ts';
import type { RepositoryEvent } from '../repository/events.ts';
import type { UpstreamEvent } from '../upstream/events.ts';
import type { Logger } from './logger.ts';

export type GatewayEvent = CacheEvent | HttpEvent | RepositoryEvent | UpstreamEvent;

type Level = 'debug' | 'info' | 'warn' | 'error';

// What needs somebody's attention, by how much; every other event is a detail of normal work.
const LEVELS: Partial<Record<GatewayEvent['type'], readonly [Level, string]>> = {
  request: ['info', 'request'],
  'request-aborted': ['info', 'the client left before its answer was sent'],
  'internal-error': ['error', 'a fault of ours'],
  'background-failed': ['error', 'a fault of ours, behind an answer'],
  invalidated: ['info', 'tags were invalidated'],
  'invalidation-failed': ['warn', 'Redis did not take an invalidation'],
  'load-failed': ['warn', 'a load failed; stale entries stand'],
  'store-down': ['warn', 'Redis does not answer; going on without it'],
  'store-up': ['info', 'Redis answers'],
  'store-refused': ['warn', 'Redis refuses commands: it may be full, a replica, or lack rights'],
  'backplane-refused': ['warn', 'Redis refuses messages between processes; check the rights on its channels'],
  'invalid-value': ['warn', 'Redis holds values that are not ours; they are replaced'],
  'upstream-failed': ['warn', 'the upstream failed a call'],
  'upstream-payload-rejected': ['error', 'the upstream sent what its contract does not allow'],
  'upstream-item-rejected': ['warn', 'items of a list were left out'],
  'upstream-list-shifted': ['info', 'a list changed while it was read; reading it again'],
  'upstream-credentials-rejected': ['error', 'the upstream refused the credentials; check these variables'],
};

// Orchestrators ask every few seconds, and answers from the cache are the most: neither is news.
const DETAIL = ['debug', 'request'] as const;

/** Writes events as log lines, the event's fields beside the message. */
export function logEvents(logger: Logger): (event: GatewayEvent) => void {
  return (event) => {
    const { type } = event;
    const [level, message] = isRoutine(event) ? DETAIL : (LEVELS[type] ?? ['debug', type]);
    if (!logger.isLevelEnabled(level)) return;
    const { type: _, cause, ...details } = event as { type: string; cause?: unknown };
    logger[level]({ event: type, ...details, ...(cause !== undefined && { err: cause }) }, message);
  };
}

function isRoutine(fields: object): boolean {
  const isProbe = 'path' in fields && (fields.path === '/healthz' || fields.path === '/readyz');
  return isProbe || ('fromCache' in fields && fields.fromCache === true);
}
