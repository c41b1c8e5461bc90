import type { Clock } from '../../cache/index.ts';

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

export interface Progress {
  start(total: number): void;
  add(step: Pick<WarmUpProgress, 'sellers' | 'loaded' | 'failed'>): void;
  /** Tells what has not been told yet, and gives it. */
  end(): WarmUpProgress;
}

// Progress is reported when either has passed since the last report: frequent enough to watch, without flooding a log.
const EVERY_MS = 1000;
const EVERY_SHARE = 0.05;

export function createProgress(
  clock: Pick<Clock, 'monotonic'>,
  tell: (progress: WarmUpProgress) => void,
): Progress {
  const beganAt = clock.monotonic();
  let [total, sellers, loaded, failed] = [0, 0, 0, 0];
  let told = { at: beganAt, done: 0 };

  return {
    start(count) {
      total = count;
    },
    add(step) {
      sellers += step.sellers;
      loaded += step.loaded;
      failed += step.failed;
      if (clock.monotonic() - told.at >= EVERY_MS || done() - told.done >= total * EVERY_SHARE) tellNow();
    },
    end() {
      if (done() > told.done) tellNow();
      return reached();
    },
  };

  function done(): number {
    return sellers + failed;
  }

  function tellNow(): void {
    told = { at: clock.monotonic(), done: done() };
    tell(reached());
  }

  function reached(): WarmUpProgress {
    return { sellers, total, loaded, failed, durationMs: clock.monotonic() - beganAt };
  }
}
