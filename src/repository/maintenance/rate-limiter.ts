import type { Clock } from '../../domain/clock.ts';
import type { RateLimit } from '../../upstream/rate-limit.ts';

/** Resolves after `ms`; rejects when the signal aborts before. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

export interface RateLimiterOptions {
  readonly callsPerSecond: number;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly sleep: Sleep;
}

/** Limits the calls of background work per second. Several kinds of work can share one limiter. */
export interface RateLimiter {
  /** Resolves when a call could begin at once, or when the signal aborts. It uses up nothing of the rate. */
  available(signal: AbortSignal): Promise<void>;
  /** The limit for calls of one piece of work: each call takes its turn. Once the signal aborts, calls wait no more. */
  within(signal: AbortSignal): RateLimit;
}

// p-throttle keeps its own time and holds the process open, and it uses up the rate whether a call is made or not.
export function createRateLimiter({ callsPerSecond, clock, sleep }: RateLimiterOptions): RateLimiter {
  const intervalMs = 1000 / callsPerSecond;
  let nextAt = clock.monotonic();
  return {
    // Checked again after each wait: work that has already begun goes first.
    available: (signal) => until(() => nextAt, signal),
    within: (signal) => ({
      acquire() {
        const place = takePlace();
        return until(() => place, signal);
      },
      record: () => void takePlace(),
    }),
  };

  function takePlace(): number {
    const place = Math.max(nextAt, clock.monotonic());
    nextAt = place + intervalMs;
    return place;
  }

  async function until(at: () => number, signal: AbortSignal): Promise<void> {
    for (let ms = at() - clock.monotonic(); ms > 0 && !signal.aborted; ms = at() - clock.monotonic())
      await sleep(Math.ceil(ms), signal).catch(() => {});
  }
}
