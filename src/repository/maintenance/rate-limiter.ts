import type { Clock } from '../../cache/index.ts';
import type { Pacer } from '../../upstream/rate-limit.ts';

/** Resolves after `ms`; rejects when the signal aborts before. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

export interface PaceOptions {
  readonly callsPerSecond: number;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly sleep: Sleep;
}

/** Spreads out the calls of background work. Several kinds of work can share one pace. */
export interface Pace {
  /** Resolves when a call could begin at once, or when the signal aborts. Who needs none then has cost nothing. */
  free(signal: AbortSignal): Promise<void>;
  /** Gives each call a place of its own. Once the signal aborts, the calls that are still to come wait for nothing. */
  pacer(signal: AbortSignal): Pacer;
}

// p-throttle keeps its own time and holds the process open, and its turns are spent whether a call is made or not.
export function createPace({ callsPerSecond, clock, sleep }: PaceOptions): Pace {
  const intervalMs = 1000 / callsPerSecond;
  let nextAt = clock.monotonic();
  return {
    // Checked again after each wait: work that has already begun goes first.
    free: (signal) => until(() => nextAt, signal),
    pacer: (signal) => ({
      ready() {
        const place = takePlace();
        return until(() => place, signal);
      },
      note: () => void takePlace(),
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
