// A memory hit takes microseconds and a cold request seconds: percentiles need close bounds over that whole range.
export const REQUEST_SECONDS: readonly number[] = [
  0.000_05, 0.000_075, 0.0001, 0.000_15, 0.0002, 0.0003, 0.0005, 0.000_75, 0.001, 0.0015, 0.002, 0.003, 0.005,
  0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30,
];

/** Waits for Redis; the default budget is 0.05 s. */
export const REDIS_SECONDS: readonly number[] = [
  0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10,
];

/** Calls to the upstream, and waits for such calls. */
export const CALL_SECONDS: readonly number[] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Frames go out in milliseconds; a slow client takes up to 30 s. */
export const LATENESS_SECONDS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

/** Ages and lifetimes. */
export const AGE_SECONDS: readonly number[] = [
  1, 5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 43_200, 86_400,
];
