import type { Clock } from '../../cache/clock.ts';

/** Resolves after `ms`; rejects when the signal aborts before. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

export interface PaceOptions {
  readonly callsPerSecond: number;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly sleep: Sleep;
}

/** Spreads out the calls of work that nobody waits for, however many kinds of work share it. */
export interface Pace {
  /** Resolves when another call may begin, or when the signal aborts. */
  ready(signal: AbortSignal): Promise<void>;
  /** Notes that a call begins. Who was ready and did not need one notes nothing, and has cost nothing. */
  begin(): void;
}

// p-throttle keeps its own time and holds the process open, and its turns are spent whether a call is made or not.
export function createPace({ callsPerSecond, clock, sleep }: PaceOptions): Pace {
  const intervalMs = 1000 / callsPerSecond;
  let nextAt = clock.monotonic();
  return {
    async ready(signal) {
      for (let ms = nextAt - clock.monotonic(); ms > 0 && !signal.aborted; ms = nextAt - clock.monotonic())
        await sleep(Math.ceil(ms), signal).catch(() => {});
    },
    begin() {
      nextAt = Math.max(nextAt, clock.monotonic()) + intervalMs;
    },
  };
}
