import type { Clock } from '../domain/clock.ts';
import { GatewayError } from '../domain/errors.ts';
import { type Deadline, withDeadline } from './deadline.ts';
import { exchangeChannel, type Report, type Route } from './events.ts';
import { timedOut, unavailable } from './failures.ts';
import { createExchange, type HttpRequest, type HttpResponse } from './http-exchange.ts';
import { createPause, MAX_PAUSE_MS, PAUSED, type Pause, type SharedPauses } from './pause.ts';
import { ATTEMPTS, TransientFailure, withRetries } from './retry.ts';
import { retryAfterMs } from './retry-after.ts';

/** Sends a request within an attempt. Throws TransientFailure for a status or a connection failure that may pass. */
export type Send = (request: HttpRequest) => Promise<HttpResponse>;

/**
 * Runs one call to a route: `attempt`, repeated after a transient failure, all within the deadline. Every failure of the
 * upstream is reported and thrown as a GatewayError.
 */
export type GuardedCall = <T>(
  route: Route,
  attempt: (send: Send, signal: AbortSignal) => Promise<T>,
) => Promise<T>;

export interface GuardOptions {
  /** Deadline of one call including its retries and waits, in milliseconds. */
  readonly deadlineMs: number;
  /** Maximum length of a response body, in bytes. */
  readonly maxBodyBytes: number;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly report: Report;
  /** The most attempts of one call. Default: 3. */
  readonly attempts?: number;
  /** Default: pauses are not shared with other processes. */
  readonly sharedPauses?: SharedPauses | null;
}

/**
 * Transient statuses (RFC 9110, sections 15.5 and 15.6, RFC 6585 and 8470). Not 500, because the same request usually
 * causes it again, nor 504: the upstream has used up its own time limit, and a retry doubles its work.
 */
const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([408, 425, 429, 502, 503]);
/** Statuses whose Retry-After concerns the whole upstream and not one request. */
const PAUSING_STATUSES: ReadonlySet<number> = new Set([429, 503]);

/** Memory for the bodies of concurrent calls, as a multiple of the longest body. */
const HELD_BODIES = 2;
/** An attempt may be silent for this share of the time left, so that another can follow, but always for the minimum. */
const SILENCE_SHARE = 0.75;
const MIN_SILENCE_MS = 1000;

export function createGuardedCall(options: GuardOptions): GuardedCall {
  const { deadlineMs, clock, random, report, attempts = ATTEMPTS } = options;
  const exchange = createExchange(HELD_BODIES * options.maxBodyBytes);
  const pauseOf = (service: 'catalog' | 'identity') =>
    createPause({ service, clock, random, shared: options.sharedPauses ?? null });
  const pauses = { catalog: pauseOf('catalog'), identity: pauseOf('identity') };

  return async (route, attempt) => {
    const startedAt = clock.monotonic();
    // The identity service is a separate server.
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
            attempts,
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
      // The pause may have begun while this call waited for a slot or a token.
      const pausedMs = pause.remainingMs();
      if (pausedMs > 0) throw new TransientFailure(PAUSED, { retryAfterMs: pausedMs });
      const startedAt = clock.monotonic();
      let [status, bytes]: [number | null, number] = [null, 0];
      try {
        const headers = { ...request.headers };
        const response = await exchangeChannel.tracePromise(
          () =>
            exchange(
              { ...request, headers },
              {
                signal: deadline.signal,
                silenceMs: silenceMs(attempt < attempts, deadline),
                onTooLarge: (maxBytes) => report({ type: 'upstream-body-too-large', route, maxBytes }),
              },
            ),
          { route, method: request.method, attempt, headers },
        );
        [status, bytes] = [response.status, response.bytes];
        if (!TRANSIENT_STATUSES.has(status)) return response;
        const waitMs = Math.min(retryAfterMs(response.retryAfter, clock.now()) ?? 0, MAX_PAUSE_MS);
        if (waitMs > 0 && PAUSING_STATUSES.has(status)) pause.extend(waitMs);
        throw new TransientFailure(`status ${status}`, { retryAfterMs: waitMs });
      } finally {
        const durationMs = clock.monotonic() - startedAt;
        report({ type: 'upstream-call', route, status, attempt, durationMs, bytes });
      }
    };
  }
}

function silenceMs(hasNext: boolean, deadline: Deadline): number {
  const leftMs = Math.max(0, deadline.remainingMs());
  return hasNext ? Math.max(leftMs * SILENCE_SHARE, MIN_SILENCE_MS) : leftMs;
}

function toGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  if (error instanceof TransientFailure) {
    return error.timedOut ? timedOut(error.message) : unavailable(error.message, error.retryAfterMs);
  }
  // Not a failure of the upstream but a defect of the gateway, which must stay visible as such.
  throw error;
}
