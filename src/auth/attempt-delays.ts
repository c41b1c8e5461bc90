const FIRST_DELAY_MS = 250;
const MAX_WAITING = 100;

/** The longest delay of an attempt, in milliseconds. */
export const MAX_DELAY_MS = 8000;

/** Delays attempts to guess a secret. */
export interface AttemptDelays {
  /** The delay of the attempt with this number in its window, from 1. Null: refuse it, because too many wait already. */
  delayOf(attempt: number): number | null;
  /** Resolves after the delay. */
  wait(delayMs: number): Promise<void>;
}

/**
 * The first `freeAttempts` are not delayed. Each further one is delayed by 250 ms, then twice as long each time, up to 8 s.
 * At most 100 attempts wait at a time, so that they hold a bounded number of connections.
 */
export function createAttemptDelays(
  freeAttempts: number,
  sleep: (ms: number) => Promise<unknown>,
): AttemptDelays {
  let waiting = 0;
  return {
    delayOf(attempt) {
      const over = attempt - freeAttempts;
      if (over <= 0) return 0;
      return waiting < MAX_WAITING ? Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (over - 1)) : null;
    },
    async wait(delayMs) {
      if (delayMs === 0) return;
      waiting += 1;
      try {
        await sleep(delayMs);
      } finally {
        waiting -= 1;
      }
    },
  };
}
