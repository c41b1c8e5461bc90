import { BulkheadRejectedError } from 'cockatiel';
import { GatewayError } from '../domain/errors.ts';
import { type Clock, type Deadline, withDeadline } from './deadline.ts';
import type { Report, Route } from './events.ts';
import { unavailable } from './failures.ts';
import { exchange, type HttpAnswer, type HttpRequest } from './http-exchange.ts';
import { TransientFailure, withRetries } from './retry.ts';
import { retryAfterMs } from './retry-after.ts';

const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([429, 502, 503]);

/** Sends a request within an attempt. Throws TransientFailure on 429, 502, 503 and a failing connection. */
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
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly report: Report;
}

export function createGuardedCall({ deadlineMs, clock, random, report }: GuardOptions): GuardedCall {
  return async (route, attempt) => {
    const startedAt = clock.now();
    try {
      return await withDeadline(deadlineMs, clock, (deadline) =>
        withRetries((number) => attempt(sender(route, number, deadline), deadline.signal), {
          deadline,
          random,
          onRetry: ({ message: reason }, number, delayMs) =>
            report({ type: 'upstream-retry', route, attempt: number, delayMs, reason }),
        }),
      );
    } catch (error) {
      const failure = toGatewayError(error);
      const reason = failure.cause instanceof Error ? failure.cause.message : failure.message;
      const durationMs = clock.now() - startedAt;
      report({ type: 'upstream-failed', route, code: failure.code, reason, durationMs });
      throw failure;
    }
  };

  function sender(route: Route, attempt: number, { signal }: Deadline): Send {
    return async (request) => {
      const startedAt = clock.now();
      let status: number | null = null;
      try {
        const answer = await exchange(request, signal);
        status = answer.status;
        if (!TRANSIENT_STATUSES.has(status)) return answer;
        const waitMs = retryAfterMs(answer.headers.get('retry-after'), clock.now());
        throw new TransientFailure(`status ${status}`, waitMs ?? 0);
      } finally {
        report({ type: 'upstream-call', route, status, attempt, durationMs: clock.now() - startedAt });
      }
    };
  }
}

function toGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  if (error instanceof TransientFailure) return unavailable(error.message);
  if (error instanceof BulkheadRejectedError) return unavailable('too many calls are waiting');
  // Not the upstream's doing but a defect of ours, which must stay visible as such.
  throw error;
}
