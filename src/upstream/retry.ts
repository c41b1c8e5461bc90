import { DelegateBackoff, handleType, type IRetryBackoffContext, retry } from 'cockatiel';
import type { Deadline } from './deadline.ts';

const ATTEMPTS = 3;
const BACKOFF_BASE_MS = 200;

/** A failure that may well be gone at the next attempt. `retryAfterMs` is the least wait that the server asked for. */
export class TransientFailure extends Error {
  override name = 'TransientFailure' as const;
  readonly retryAfterMs: number;

  constructor(reason: string, retryAfterMs = 0) {
    super(reason);
    this.retryAfterMs = retryAfterMs;
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
 * not begun.
 */
export function withRetries<T>(
  attempt: (attempt: number) => Promise<T>,
  { deadline, random, onRetry }: RetryOptions,
): Promise<T> {
  const backoff = new DelegateBackoff((context: IRetryBackoffContext<unknown>) => {
    const failure = failureIn(context);
    const jitterMs = random() * BACKOFF_BASE_MS * 2 ** (context.attempt - 1);
    const delayMs = Math.round(failure.retryAfterMs + jitterMs);
    if (delayMs >= deadline.remainingMs()) throw failure;
    onRetry(failure, context.attempt, delayMs);
    return delayMs;
  });
  const policy = retry(handleType(TransientFailure), { maxAttempts: ATTEMPTS - 1, backoff });
  return policy.execute((context) => attempt(context.attempt + 1), deadline.signal);
}

function failureIn({ result }: IRetryBackoffContext<unknown>): TransientFailure {
  if ('error' in result && result.error instanceof TransientFailure) return result.error;
  throw new TypeError('Only a TransientFailure is tried again.');
}
