import type { Deadline } from './deadline.ts';

export const ATTEMPTS = 3;
const BACKOFF_BASE_MS = 200;

interface TransientFailureOptions {
  /** The least wait that the server asked for. */
  readonly retryAfterMs?: number;
  /** Whether nothing came for too long. */
  readonly timedOut?: boolean;
}

/** A failure that may well be gone at the next attempt. */
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
  readonly onRetry: (failure: TransientFailure, attempt: number, delayMs: number) => void;
}

/**
 * Runs `attempt`, numbered from 1, up to three times while it throws a TransientFailure, and throws the last one.
 * Between two attempts it waits an exponential back-off with full jitter, added to what the server asked for, so
 * that callers who were told the same second do not come back together. A wait that would reach the deadline is
 * not begun, nor an attempt after it.
 */
export async function withRetries<T>(
  attempt: (attempt: number) => Promise<T>,
  { deadline, random, onRetry }: RetryOptions,
): Promise<T> {
  for (let number = 1; ; number += 1) {
    try {
      return await attempt(number);
    } catch (error) {
      const isLast = number === ATTEMPTS || deadline.signal.aborted;
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
