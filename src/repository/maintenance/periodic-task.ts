import type { Sleep } from './rate-limiter.ts';

export interface RoundsOptions {
  /** How long to wait before a round, in milliseconds: asked for each, so that it can differ. */
  readonly waitMs: () => number;
  /** One round. It must not reject, and begins nothing more once the signal aborts. */
  readonly work: (signal: AbortSignal) => Promise<void>;
  readonly sleep: Sleep;
}

/** Work that repeats at an interval, one run at a time. */
export interface Rounds {
  /** Waits, and begins the first round. */
  start(): void;
  /** Begins no further round, and resolves when the one that is under way has ended. */
  stop(): Promise<void>;
}

export function createRounds({ waitMs, work, sleep }: RoundsOptions): Rounds {
  const stopping = new AbortController();
  const { signal } = stopping;
  let ended: Promise<void> | undefined;
  return {
    start() {
      ended ??= goOn();
    },
    async stop() {
      stopping.abort();
      await ended;
    },
  };

  async function goOn() {
    while (!signal.aborted) {
      await sleep(waitMs(), signal).catch(() => {});
      if (!signal.aborted) await work(signal);
    }
  }
}
