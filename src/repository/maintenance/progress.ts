import type { Clock } from '../../domain/clock.ts';

/** The progress of a warm-up. */
export interface WarmUpProgress {
  /** Number of warm sellers out of `total`. */
  readonly sellers: number;
  readonly total: number;
  /** Number of lists that this process has loaded; the others were already fresh. */
  readonly loaded: number;
  readonly failed: number;
  readonly durationMs: number;
}

export interface ProgressReporter {
  start(total: number): void;
  add(step: Pick<WarmUpProgress, 'sellers' | 'loaded' | 'failed'>): void;
  /** Reports what has not been reported yet, and returns it. */
  end(): WarmUpProgress;
}

// Progress is reported when either has passed since the last report: frequent enough to watch, without flooding a log.
const EVERY_MS = 1000;
const EVERY_SHARE = 0.05;

export function createProgressReporter(
  clock: Pick<Clock, 'monotonic'>,
  report: (progress: WarmUpProgress) => void,
): ProgressReporter {
  const beganAt = clock.monotonic();
  let [total, sellers, loaded, failed] = [0, 0, 0, 0];
  let reported = { at: beganAt, done: 0 };

  return {
    start(count) {
      total = count;
    },
    add(step) {
      sellers += step.sellers;
      loaded += step.loaded;
      failed += step.failed;
      if (clock.monotonic() - reported.at >= EVERY_MS || done() - reported.done >= total * EVERY_SHARE)
        reportNow();
    },
    end() {
      if (done() > reported.done) reportNow();
      return reached();
    },
  };

  function done(): number {
    return sellers + failed;
  }

  function reportNow(): void {
    reported = { at: clock.monotonic(), done: done() };
    report(reached());
  }

  function reached(): WarmUpProgress {
    return { sellers, total, loaded, failed, durationMs: clock.monotonic() - beganAt };
  }
}
