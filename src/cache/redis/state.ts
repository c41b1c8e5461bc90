import type { Cluster, Redis } from 'ioredis';
import { systemClock } from '../clock.ts';
import type { Report } from '../events.ts';
import { type Stalls, watchStalls } from '../stalls.ts';
import type { Command, Reply } from './commands.ts';
import { withoutCommand } from './errors.ts';
import { RedisNotConnected } from './trip.ts';

interface RedisStateOptions {
  readonly report: Report;
  /** Whether no circuit breaker of a node is open. */
  readonly areNodesUp: () => boolean;
}

/** The state of Redis, as `store-up` and `store-down` report it: down while the connection or any node is down. */
interface RedisState extends Pick<Resumption, 'noteAnswer' | 'noteAway'> {
  readonly isUp: boolean;
  /** This process has stalled, and does not know yet whether Redis is reachable. */
  readonly isResuming: boolean;
  /** Marks Redis up, unless the connection or a node is still down. */
  markUp(): void;
  markDown(cause: unknown): void;
  /** Records the replies of a trip. Reports `store-refused` for the first refusal. */
  noteReplies(commands: readonly Command[], replies: readonly Reply[]): void;
}

export function watchState(redis: Redis | Cluster, { report, areNodesUp }: RedisStateOptions): RedisState {
  const resumption = createResumption();
  const refusals = createRefusals();
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
  redis.on('end', resumption.stop);
  if (redis.status === 'ready') markUp();

  return {
    get isUp() {
      return up === true;
    },
    get isResuming() {
      return resumption.isPending;
    },
    markUp,
    markDown,
    noteAnswer: resumption.noteAnswer,
    noteAway: resumption.noteAway,
    noteReplies(commands, replies) {
      const refusal = refusals.note(commands, replies);
      if (refusal) report({ type: 'store-refused', cause: refusal });
    },
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

// The connection timeout: by then it is known whether Redis is reachable.
const MAX_PENDING_MS = 2000;

/**
 * Whether this process has stalled and does not know yet whether Redis is reachable: connections may have been cut
 * meanwhile, and messages lost. Until then, a failed trip does not mean that Redis is down.
 */
interface Resumption {
  /** True from the end of a stall until Redis replies, proves to be down, or two seconds have passed. */
  readonly isPending: boolean;
  /** Redis has replied to commands sent at that time. */
  noteAnswer(sentAt: number): void;
  /** An attempt begun at that time has shown that Redis is down. */
  noteAway(begunAt: number): void;
  stop(): void;
}

export function createResumption(
  now: () => number = systemClock.monotonic,
  stalls: Stalls = watchStalls(now),
): Resumption {
  let knownAt = Number.NEGATIVE_INFINITY;
  // Work that began before the end of a stall tells nothing about the time after it.
  const note = (at: number) => {
    knownAt = Math.max(knownAt, at);
  };
  return {
    get isPending() {
      const { lastEndedAt } = stalls;
      return lastEndedAt > knownAt && now() - lastEndedAt < MAX_PENDING_MS;
    },
    noteAnswer: note,
    noteAway: note,
    stop: () => stalls.stop(),
  };
}

/** The commands that Redis refuses. */
interface Refusals {
  /** Records the replies of a trip. Returns the reason of a refusal if no command was refused before. */
  note(commands: readonly Command[], replies: readonly Reply[]): Error | undefined;
}

/**
 * A full Redis, or a replica, refuses writes and accepts other commands. So the refusal ends only when Redis accepts a
 * command of a kind that it has refused.
 */
export function createRefusals(): Refusals {
  const refused = new Set<string>();
  return {
    note(commands, replies) {
      const wereNone = refused.size === 0;
      let reason: Error | undefined;
      replies.forEach((reply, index) => {
        const kind = kindOf(commands[index]);
        if (!(reply instanceof Error)) {
          // One accepted kind clears all: a kind that is rarely sent would hide the next refusal.
          if (refused.has(kind)) refused.clear();
        } else if (!reply.message.startsWith('WRONGTYPE')) {
          // Not for a wrong type, which is a problem of the key and not of Redis.
          reason ??= reply;
          refused.add(kind);
        }
      });
      return wereNone ? reason : undefined;
    },
  };
}

/** Each script counts as a separate kind of command. */
function kindOf([name, script]: Command = ['']): string {
  return name === 'EVAL' ? `${name} ${script}` : name;
}
