import { systemClock } from './clock.ts';

const BEAT_MS = 200;

/** A time in which a process did nothing at all: less than it trusts what it holds, and more than a busy one pauses. */
export const STALL_MS = 500;

/** When this process last stood still: paused, moved to another machine, or busy collecting garbage. */
export interface Stalls {
  /** When the last stall ended, by the monotonic clock, in milliseconds. Negative infinity where there was none. */
  readonly lastEndedAt: number;
  stop(): void;
}

/** Tells a stall by a beat that came late, and as soon as somebody asks: what runs first after a stall may be no timer. */
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
