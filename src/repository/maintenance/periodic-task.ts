import type { Sleep } from './rate-limiter.ts';

export interface PeriodicTaskOptions {
  /** The wait before a run, in milliseconds. Called before each run, so that waits can differ. */
  readonly waitMs: () => number;
  /** One run. It must not reject, and begins nothing more once the signal aborts. */
  readonly work: (signal: AbortSignal) => Promise<void>;
  readonly sleep: Sleep;
}

/** Work that repeats at an interval, one run at a time. */
export interface PeriodicTask {
  /** Waits, and then begins the first run. */
  start(): void;
  /** Begins no further run, and resolves when the current one has ended. */
  stop(): Promise<void>;
}

export function createPeriodicTask({ waitMs, work, sleep }: PeriodicTaskOptions): PeriodicTask {
  const stopping = new AbortController();
  const { signal } = stopping;
  let ended: Promise<void> | undefined;
  return {
    start() {
      ended ??= repeat();
    },
    async stop() {
      stopping.abort();
      await ended;
    },
  };

  async function repeat() {
    while (!signal.aborted) {
      await sleep(waitMs(), signal).catch(() => {});
      if (!signal.aborted) await work(signal);
    }
  }
}
