/** The time of day and the elapsed time, both in milliseconds. `src/cache`, which imports no other layer, has the same. */
export interface Clock {
  /** Since the epoch. It may be set, forwards and back. */
  now(): number;
  /** Since some moment of this process. It only grows. */
  monotonic(): number;
}
