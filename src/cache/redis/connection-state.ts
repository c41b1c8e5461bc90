import type { Cluster, Redis } from 'ioredis';
import { systemClock } from '../clock.ts';
import type { Report } from '../events.ts';
import { withoutCommand } from './errors.ts';
import type { Resumption } from './resumption.ts';
import { RedisNotConnected } from './trip.ts';

export interface ConnectionStateOptions {
  readonly report: Report;
  readonly resumption: Pick<Resumption, 'noteAway'>;
  /** Whether no circuit breaker of a node is open. */
  readonly areNodesUp: () => boolean;
}

/** The state of Redis as `store-up` and `store-down` report it: down while the connection or any node is down. */
export interface ConnectionState {
  readonly isUp: boolean;
  /** Marks Redis up, unless the connection or a node is still down. */
  markUp(): void;
  markDown(cause: unknown): void;
}

export function watchConnection(
  redis: Redis | Cluster,
  { report, resumption, areNodesUp }: ConnectionStateOptions,
): ConnectionState {
  let up: boolean | undefined;
  let lastError: unknown;
  let closes = 0;
  let connectingAt = Number.NEGATIVE_INFINITY;

  redis.on('error', (error) => {
    lastError = withoutCommand(error);
    // A connection that was never up counts as down as soon as the reason is known.
    if (up === undefined) markDown(lastError);
  });
  // A cluster emits `close` before the event that tells why no node is usable.
  redis.on('node error', (error) => {
    lastError = withoutCommand(error);
  });
  redis.on('ready', markUp);
  redis.on('connecting', () => {
    connectingAt = systemClock.monotonic();
  });
  redis.on('close', () => {
    resumption.noteAway(connectingAt);
    closes += 1;
    // The error of the first attempt may precede this listener; the next attempt repeats it.
    // A cluster emits `close` several times before the event that tells why no node is usable.
    if (up !== undefined || lastError || closes > (redis.isCluster ? 5 : 1))
      markDown(lastError ?? new RedisNotConnected('the connection was closed'));
  });
  if (redis.status === 'ready') markUp();

  return {
    get isUp() {
      return up === true;
    },
    markUp,
    markDown,
  };

  function markUp(): void {
    if (up === true || redis.status !== 'ready' || !areNodesUp()) return;
    up = true;
    lastError = undefined;
    report({ type: 'store-up' });
  }

  function markDown(cause: unknown): void {
    if (up === false) return;
    up = false;
    report({ type: 'store-down', cause });
  }
}
