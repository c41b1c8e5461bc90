/**
 * The times of a simulated gateway, in milliseconds. They are shorter than in production and keep their order of size,
 * so that within a few seconds leases and trust expire, entries go stale and die, waiters give up, and loads time out.
 */
export const SETTINGS = {
  trustMs: 150,
  budgetMs: 50,
  leaseMs: 200,
  tripMs: 60,
  hardTimeoutMs: 700,
  pauseMs: 120,
  freshMs: 300,
  staleMs: 900,
  /** The ages of an absence. */
  absent: { freshMs: 120, staleMs: 240 },
  jitter: 0.1,
  /** The greatest age of what a call takes that names one. */
  maxAgeMs: 100,
  /** The greatest age of an answer that is new enough for every client. */
  minIntervalMs: 40,
  /** Maximum duration of a trip before the breaker counts it as a failure. */
  breakerTimeoutMs: 60,
} as const;
