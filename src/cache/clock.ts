import { setTimeout } from 'node:timers/promises';

/**
 * The time of day and the elapsed time, both in milliseconds. The same as in `src/domain`: this module imports no other
 * layer.
 */
export interface Clock {
  /** Since the epoch, as other processes tell it too. It may be set, forwards and back. */
  now(): number;
  /** Since some moment of this process's own. It only grows, so what is timed by it cannot be prolonged. */
  monotonic(): number;
}

// A clock that is set by less is being corrected.
const SUSPENDED_MS = 500;

/**
 * A monotonic clock that counts the time in which its machine was suspended: the system's stands still then, and what
 * is trusted for a second would be trusted for the whole pause. Where the wall clock is ahead of `elapsed` by more than
 * half a second all at once, that much has passed. A wall clock that is set back changes nothing.
 */
export function createMonotonic(elapsed: () => number, wall: () => number): () => number {
  let ahead = 0;
  let offset = wall() - elapsed();
  return () => {
    const at = elapsed();
    const jump = wall() - at - offset;
    if (jump > SUSPENDED_MS) ahead += jump;
    if (Math.abs(jump) > SUSPENDED_MS) offset += jump;
    return at + ahead;
  };
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: createMonotonic(
    () => performance.now(),
    () => Date.now(),
  ),
};

/** Resolves after `ms`, and rejects when `signal` aborts before. It does not keep the process alive. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { ref: false, ...(signal && { signal }) });
}
