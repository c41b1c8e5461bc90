import { timedOut } from './failures.ts';

/** Tells the time, in milliseconds since the epoch. */
export interface Clock {
  now(): number;
}

/** The moment by which a call has to have ended. `signal` aborts then. */
export interface Deadline {
  readonly signal: AbortSignal;
  remainingMs(): number;
}

/**
 * The outcome of `work`, or UpstreamTimeout after `deadlineMs`. The work is raced and not only told to stop, for
 * it may be waiting for something that listens to no signal.
 */
export async function withDeadline<T>(
  deadlineMs: number,
  clock: Clock,
  work: (deadline: Deadline) => Promise<T>,
): Promise<T> {
  const endsAt = clock.now() + deadlineMs;
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const controller = new AbortController();
  const timer = setTimeout(() => {
    reject(timedOut(`no answer within ${deadlineMs} ms`));
    controller.abort();
  }, deadlineMs);
  try {
    const deadline = { signal: controller.signal, remainingMs: () => endsAt - clock.now() };
    return await Promise.race([work(deadline), expired]);
  } finally {
    clearTimeout(timer);
  }
}
