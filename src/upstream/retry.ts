import type { Deadline } from './deadline.ts';

export const ATTEMPTS = 3;
const BACKOFF_BASE_MS = 200;

interface TransientFailureOptions {
  /** The minimum wait that the server asked for. */
  readonly retryAfterMs?: number;
  /** Whether the failure is a timeout. */
  readonly timedOut?: boolean;
}

/** A failure that the next attempt may not meet. */
export class TransientFailure extends Error {
  override name = 'TransientFailure' as const;
  readonly retryAfterMs: number;
  readonly timedOut: boolean;

  constructor(reason: string, { retryAfterMs = 0, timedOut = false }: TransientFailureOptions = {}) {
    super(reason);
    this.retryAfterMs = retryAfterMs;
    this.timedOut = timedOut;
  }
}
export interface RetryOptions {
  readonly deadline: Deadline;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly attempts: number;
  readonly onRetry: (failure: TransientFailure, attempt: number, delayMs: number) => void;
}

/**
 * Runs `attempt`, numbered from 1, up to `attempts` times while it throws a TransientFailure, and throws the last failure.
 * Between attempts it waits for the time that the server asked for plus an exponential back-off with full jitter, so
 * that callers with the same Retry-After do not return together. No wait begins that would reach the deadline, and no
 * attempt begins after it.
 */
export async function withRetries<T>(
  attempt: (attempt: number) => Promise<T>,
  { deadline, random, attempts, onRetry }: RetryOptions,
): Promise<T> {
  for (let number = 1; ; number += 1) {
    try {
      return await attempt(number);
    } catch (error) {
      const isLast = number === attempts || deadline.signal.aborted;
      if (!(error instanceof TransientFailure) || isLast) throw error;
      const jitterMs = random() * BACKOFF_BASE_MS * 2 ** (number - 1);
      const delayMs = Math.round(error.retryAfterMs + jitterMs);
      if (delayMs >= deadline.remainingMs()) throw error;
      onRetry(error, number, delayMs);
      if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
      if (deadline.signal.aborted) throw error;
    }
  }
}
