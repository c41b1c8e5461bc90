import { systemClock } from './clock.ts';

const BEAT_MS = 200;

/** Minimum length of a stall: below the trust time of memory, and above the pauses of a busy process. */
export const STALL_MS = 500;

/** Stalls of this process: it was paused, moved to another machine, or busy with garbage collection. */
export interface Stalls {
  /** When the last stall ended, by the monotonic clock, in milliseconds. Negative infinity if there was none. */
  readonly lastEndedAt: number;
  stop(): void;
}

/** Detects a stall by a late beat. Each read also checks, because other code may run before the timer after a stall. */
export function watchStalls(now: () => number = systemClock.monotonic): Stalls {
  let lastBeatAt = now();
  let lastEndedAt = Number.NEGATIVE_INFINITY;
  const beat = () => {
    const at = now();
    if (at - lastBeatAt > BEAT_MS + STALL_MS) lastEndedAt = at;
    lastBeatAt = at;
  };
  const timer = setInterval(beat, BEAT_MS).unref();
  return {
    get lastEndedAt() {
      beat();
      return lastEndedAt;
    },
    stop: () => clearInterval(timer),
  };
}
