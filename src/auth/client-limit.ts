import { LRUCache } from 'lru-cache';
import type { RedisClient } from '../cache/index.ts';
import type { Clock } from '../domain/clock.ts';
import { bounded } from './bounded.ts';
import type { LimitEvent } from './events.ts';
import { type Count, createLimiter } from './limiter.ts';

export interface ClientLimitOptions {
  /** The points of a client in a window. */
  readonly cost: number;
  /** In milliseconds, rounded up to whole seconds. */
  readonly windowMs: number;
  /** Null to count in this process only. */
  readonly redis: RedisClient | null;
  readonly keyPrefix: string;
  /** The longest wait of an execution for Redis, in milliseconds. */
  readonly budgetMs: number;
  readonly clock: Clock;
  readonly sleep: (ms: number) => Promise<unknown>;
  readonly report: (event: LimitEvent) => void;
}

export interface Decision {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Until the client has all of its points again. */
  readonly resetMs: number;
}

/** Limits the page cost of a client per window. A client is named by a key of its principal or address. */
export interface ClientLimit {
  /** Takes points for a stored response, without waiting for Redis. */
  charge(clientKey: string, points: number): Decision;
  /**
   * Whether an execution that waits for nothing may be charged without Redis: the client has the points, and the charges
   * that Redis has not acknowledged stay within a tenth of the limit. Otherwise `consume` decides.
   */
  canCharge(clientKey: string, points: number): boolean;
  /** Takes points before an execution, in one trip to Redis at most. Refused points are not taken. Never rejects. */
  consume(clientKey: string, points: number): Promise<Decision>;
  /** Sends the charges that Redis does not have yet, for a process that stops. */
  flush(): Promise<void>;
}

/** What this process knows of the points of a client in the current window. */
interface Usage {
  readonly clientKey: string;
  /** Used in all processes, as of the last reply. */
  known: number;
  /** Sent, and not yet part of `known`. */
  sent: number;
  /** Charged, and not yet sent. */
  unsent: number;
  /** By the monotonic clock. */
  endsAt: number;
}

// A client takes about 200 bytes. A client that is dropped loses its unsent charges: a tenth of the limit at most.
const MAX_CLIENTS = 50_000;
const FLUSH_EVERY_MS = 250;
/** The part of the limit that a client may be charged before Redis has the charges: they are sent early then. */
const UNSENT_PART = 1 / 10;
const FLUSHED_TOGETHER = 100;

/**
 * Redis decides for all processes about each execution of more than one point that has to wait anyway. Charges count in this
 * process at once, and are sent to Redis after 250 ms, or once a client has a tenth of its limit unsent. The reply has the
 * points that the client used elsewhere. So N processes can together exceed the limit, by N times a tenth of it and the
 * charges of one round trip at most.
 *
 * While Redis is away, each process counts for itself, on top of what it last knew: a client that uses all N processes has at
 * most N times the limit. Above 50,000 clients, the client that was seen least recently is forgotten.
 */
export function createClientLimit(options: ClientLimitOptions): ClientLimit {
  const { cost, windowMs, redis, clock, sleep, report } = options;
  const limiter = createLimiter({ ...options, points: cost, keyPrefix: `${options.keyPrefix}cost` });
  const unsent = new Set<Usage>();
  const usages = new LRUCache<string, Usage>({
    ...bounded(MAX_CLIENTS),
    dispose: (usage) => void unsent.delete(usage),
  });
  let isScheduled = false;

  return {
    charge(clientKey, points) {
      const now = clock.monotonic();
      const usage = usageOf(clientKey, now);
      if (!fits(usage, points)) return refuse(usage, 'hit');
      usage.unsent += points;
      unsent.add(usage);
      if (usage.unsent >= cost * UNSENT_PART) void send(usage);
      else schedule();
      return decide(usage, true, now);
    },
    canCharge(clientKey, points) {
      const usage = usageOf(clientKey, clock.monotonic());
      const unacknowledged = redis ? usage.sent + usage.unsent + points : 0;
      return fits(usage, points) && unacknowledged <= cost * UNSENT_PART;
    },
    async consume(clientKey, points) {
      const usage = usageOf(clientKey, clock.monotonic());
      // A client without points costs no trip.
      if (!fits(usage, points)) return refuse(usage, 'execution');
      // Counted until the reply, so that charges meanwhile take what is left.
      usage.sent += points;
      const count = await limiter.take(clientKey, points);
      learn(usage, points, count);
      return count.allowed ? decide(usage, true) : refuse(usage, 'execution');
    },
    flush,
  };

  function usageOf(clientKey: string, now: number): Usage {
    const held = usages.get(clientKey);
    if (held && now < held.endsAt) return held;
    const usage = { clientKey, known: 0, sent: 0, unsent: 0, endsAt: now + windowMs };
    usages.set(clientKey, usage);
    return usage;
  }

  function fits(usage: Usage, points: number): boolean {
    return usedOf(usage) + points <= cost;
  }

  function refuse(usage: Usage, request: 'hit' | 'execution'): Decision {
    report({ type: 'client-limited', request });
    return decide(usage, false);
  }

  function decide(usage: Usage, allowed: boolean, now = clock.monotonic()): Decision {
    const remaining = Math.max(0, cost - usedOf(usage));
    return { allowed, limit: cost, remaining, resetMs: Math.max(0, usage.endsAt - now) };
  }

  /** Replaces points that were sent by what is counted now. */
  function learn(usage: Usage, points: number, { shared, allowed, consumed, resetMs }: Count): void {
    usage.sent -= points;
    // The points of a window only grow: a smaller count is that of an earlier reply, or of a Redis that was emptied. Memory
    // knows none of the points that Redis has counted, so its count is added to them.
    const counted = allowed ? consumed : consumed - points;
    usage.known = shared || !allowed ? Math.max(usage.known, counted) : usage.known + points;
    usage.endsAt = Math.min(usage.endsAt, clock.monotonic() + resetMs);
  }

  async function send(usage: Usage): Promise<void> {
    unsent.delete(usage);
    const points = usage.unsent;
    if (points === 0) return;
    usage.unsent = 0;
    usage.sent += points;
    const count = await limiter.add(usage.clientKey, points);
    learn(usage, points, count);
  }

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    void sleep(FLUSH_EVERY_MS)
      .then(flush)
      .finally(() => {
        isScheduled = false;
        if (unsent.size > 0) schedule();
      });
  }

  /** A bounded number at a time: thousands of commands at once would delay the other users of the connection. */
  async function flush(): Promise<void> {
    const due = [...unsent];
    for (let at = 0; at < due.length; at += FLUSHED_TOGETHER)
      await Promise.all(due.slice(at, at + FLUSHED_TOGETHER).map(send));
  }
}

function usedOf({ known, sent, unsent }: Usage): number {
  return known + sent + unsent;
}
