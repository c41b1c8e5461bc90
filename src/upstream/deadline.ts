import type { Clock } from '../domain/clock.ts';
import { timedOut } from './failures.ts';

/** The latest end of a call. `signal` aborts at that moment. */
export interface Deadline {
  readonly signal: AbortSignal;
  remainingMs(): number;
}

/**
 * The outcome of `work`, or UpstreamTimeout after `deadlineMs`. Aborting the signal is not enough: the work may wait for
 * something that ignores signals, so it is raced against the timer.
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
