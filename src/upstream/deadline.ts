import { timedOut } from './failures.ts';

/** What time it is, and how much of it has passed, both in milliseconds. */
export interface Clock {
  /** Since the epoch. It may be set, forwards and back. */
  now(): number;
  /** Since some moment of this process's own. It only grows. */
  monotonic(): number;
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
  const endsAt = clock.monotonic() + deadlineMs;
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const controller = new AbortController();
  const timer = setTimeout(() => {
    reject(timedOut(`no response within ${deadlineMs} ms`));
    controller.abort();
  }, deadlineMs);
  try {
    const deadline = { signal: controller.signal, remainingMs: () => endsAt - clock.monotonic() };
    return await Promise.race([work(deadline), expired]);
  } finally {
    clearTimeout(timer);
  }
}
