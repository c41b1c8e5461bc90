import { AsyncResource } from 'node:async_hooks';
import { BulkheadRejectedError } from 'cockatiel';
import { GatewayError } from '../domain/errors.ts';
import { type Clock, type Deadline, withDeadline } from './deadline.ts';
import type { Report, Route } from './events.ts';
import { unavailable } from './failures.ts';
import { type AroundExchange, exchange, type HttpAnswer, type HttpRequest } from './http-exchange.ts';
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
  /** Default: nothing surrounds an exchange. */
  readonly around?: AroundExchange;
}

export function createGuardedCall(options: GuardOptions): GuardedCall {
  const { deadlineMs, clock, random, report, around = alone } = options;

  return async (route, attempt) => {
    const startedAt = clock.monotonic();
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
      const durationMs = clock.monotonic() - startedAt;
      report({ type: 'upstream-failed', route, code: failure.code, reason, durationMs });
      throw failure;
    }
  };

  function sender(route: Route, attempt: number, { signal }: Deadline): Send {
    // Who waited for a slot is sent from within another's call: the exchange belongs to who asked for it.
    return AsyncResource.bind(async (request: HttpRequest) => {
      const startedAt = clock.monotonic();
      let [status, bytes]: [number | null, number] = [null, 0];
      try {
        const answer = await around({ route, method: request.method, attempt }, (headers) =>
          exchange({ ...request, headers: { ...request.headers, ...headers } }, signal),
        );
        [status, bytes] = [answer.status, Buffer.byteLength(answer.text)];
        if (!TRANSIENT_STATUSES.has(status)) return answer;
        const waitMs = retryAfterMs(answer.headers.get('retry-after'), clock.now());
        throw new TransientFailure(`status ${status}`, waitMs ?? 0);
      } finally {
        report({
          type: 'upstream-call',
          route,
          status,
          attempt,
          durationMs: clock.monotonic() - startedAt,
          bytes,
        });
      }
    });
  }
}

const alone: AroundExchange = (_call, work) => work({});

function toGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  if (error instanceof TransientFailure) return unavailable(error.message);
  if (error instanceof BulkheadRejectedError) return unavailable('too many calls are waiting');
  // Not the upstream's doing but a defect of ours, which must stay visible as such.
  throw error;
}
