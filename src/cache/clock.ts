import { setTimeout } from 'node:timers/promises';

/**
 * Wall-clock time and elapsed time, both in milliseconds. A copy of the interface in `src/domain`, because this module
 * imports no other layer.
 */
export interface Clock {
  /** Wall-clock time since the epoch, comparable between processes. It may be set forwards or back. */
  now(): number;
  /** Time since an arbitrary moment of this process. It never decreases, so it prolongs no lifetime. */
  monotonic(): number;
}

// A smaller jump of the wall clock is a correction, not a suspension.
const SUSPENDED_MS = 500;

/**
 * A monotonic clock that includes the time in which the machine was suspended. The system's monotonic clock stops then, so
 * a trust time of one second would last for the whole suspension. If the wall clock suddenly advances by more than half a
 * second against `elapsed`, the difference counts as elapsed. A wall clock that is set back has no effect.
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

/** Resolves after `ms`, or rejects if `signal` aborts first. It does not keep the process alive. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { ref: false, ...(signal && { signal }) });
}
