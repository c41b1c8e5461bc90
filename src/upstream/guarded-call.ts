import { GatewayError } from '../domain/errors.ts';
import { type Clock, type Deadline, withDeadline } from './deadline.ts';
import type { Report, Route } from './events.ts';
import { timedOut, unavailable } from './failures.ts';
import { type AroundExchange, createExchange, type HttpAnswer, type HttpRequest } from './http-exchange.ts';
import { createPause, MAX_PAUSE_MS, PAUSED, type Pause, type SharedPauses } from './pause.ts';
import { ATTEMPTS, TransientFailure, withRetries } from './retry.ts';
import { retryAfterMs } from './retry-after.ts';

/** Sends a request within an attempt. Throws TransientFailure for a status or a connection that may do better later. */
export type Send = (request: HttpRequest) => Promise<HttpAnswer>;

/**
 * Runs one call to a route: `attempt`, again where it fails for a passing reason, all within the deadline. Whatever
 * is wrong with the upstream comes out as a GatewayError, and is reported.
 */
export type GuardedCall = <T>(
  route: Route,
  attempt: (send: Send, signal: AbortSignal) => Promise<T>,
) => Promise<T>;

export interface GuardOptions {
  /** How long one call may take with its retries and all its waiting, in milliseconds. */
  readonly deadlineMs: number;
  /** The longest body of a response, in bytes. */
  readonly maxBodyBytes: number;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly report: Report;
  /** Default: nothing surrounds an exchange. */
  readonly around?: AroundExchange;
  /** Default: this process is by itself. */
  readonly sharedPauses?: SharedPauses | null;
}

/**
 * Statuses of a moment (RFC 9110, sections 15.5 and 15.6, RFC 6585 and 8470). Not 500, which a request that sets it off
 * gets again, nor 504: the upstream has used up its own time limit, and a retry doubles its work.
 */
const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([408, 425, 429, 502, 503]);
/** Those whose Retry-After is about the upstream and not about one request. */
const PAUSING_STATUSES: ReadonlySet<number> = new Set([429, 503]);

/** Bodies of calls side by side, as a multiple of the longest. */
const HELD_BODIES = 2;
/** An attempt may be silent for a share of what is left, so that another can follow, but for so long always. */
const SILENCE_SHARE = 0.75;
const MIN_SILENCE_MS = 1000;

export function createGuardedCall(options: GuardOptions): GuardedCall {
  const { deadlineMs, clock, random, report, around = alone } = options;
  const exchange = createExchange(HELD_BODIES * options.maxBodyBytes);
  const pauseOf = (service: 'catalog' | 'identity') =>
    createPause({ service, clock, random, shared: options.sharedPauses ?? null });
  const pauses = { catalog: pauseOf('catalog'), identity: pauseOf('identity') };

  return async (route, attempt) => {
    const startedAt = clock.monotonic();
    // The identity service is another server.
    const pause = pauses[route === 'POST /connect/token' ? 'identity' : 'catalog'];
    try {
      return await withDeadline(deadlineMs, clock, (deadline) =>
        withRetries(
          async (number) => {
            await pause.passed(deadline);
            return attempt(sender(route, number, deadline, pause), deadline.signal);
          },
          {
            deadline,
            random,
            onRetry: ({ message: reason }, number, delayMs) =>
              report({ type: 'upstream-retry', route, attempt: number, delayMs, reason }),
          },
        ),
      );
    } catch (error) {
      const failure = toGatewayError(error);
      const reason = failure.cause instanceof Error ? failure.cause.message : failure.message;
      const durationMs = clock.monotonic() - startedAt;
      report({ type: 'upstream-failed', route, code: failure.code, reason, durationMs });
      throw failure;
    }
  };

  function sender(route: Route, attempt: number, deadline: Deadline, pause: Pause): Send {
    return async (request) => {
      // It may have been asked for while this call waited for a slot or a token.
      const pausedMs = pause.remainingMs();
      if (pausedMs > 0) throw new TransientFailure(PAUSED, { retryAfterMs: pausedMs });
      const startedAt = clock.monotonic();
      let [status, bytes]: [number | null, number] = [null, 0];
      try {
        const answer = await around({ route, method: request.method, attempt }, (headers) =>
          exchange(
            { ...request, headers: { ...request.headers, ...headers } },
            {
              signal: deadline.signal,
              silenceMs: silenceMs(attempt, deadline),
              onTooLarge: (maxBytes) => report({ type: 'upstream-body-too-large', route, maxBytes }),
            },
          ),
        );
        [status, bytes] = [answer.status, answer.bytes];
        if (!TRANSIENT_STATUSES.has(status)) return answer;
        const waitMs = Math.min(retryAfterMs(answer.retryAfter, clock.now()) ?? 0, MAX_PAUSE_MS);
        if (waitMs > 0 && PAUSING_STATUSES.has(status)) pause.extend(waitMs);
        throw new TransientFailure(`status ${status}`, { retryAfterMs: waitMs });
      } finally {
        const durationMs = clock.monotonic() - startedAt;
        report({ type: 'upstream-call', route, status, attempt, durationMs, bytes });
      }
    };
  }
}

function silenceMs(attempt: number, deadline: Deadline): number {
  const leftMs = Math.max(0, deadline.remainingMs());
  return attempt < ATTEMPTS ? Math.max(leftMs * SILENCE_SHARE, MIN_SILENCE_MS) : leftMs;
}

const alone: AroundExchange = (_call, work) => work({});

function toGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  if (error instanceof TransientFailure) {
    return error.timedOut ? timedOut(error.message) : unavailable(error.message, error.retryAfterMs);
  }
  // Not the upstream's doing but a defect of ours, which must stay visible as such.
  throw error;
}
