/** What time it is, and how much of it has passed, both in milliseconds. */
export interface Clock {
  /** Since the epoch, as other processes tell it too. It may be set, forwards and back. */
  now(): number;
  /** Since some moment of this process's own. It only grows, so what is timed by it cannot be prolonged. */
  monotonic(): number;
}

export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };
