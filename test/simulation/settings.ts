/**
 * The times of a simulated gateway, in milliseconds: shorter than a real one's, in the same order of size, so that
 * a plan of a few seconds sees leases and trust run out, entries go stale and die, waiters give up, loads time out.
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
  /** How long a trip may take before the breaker takes it for a failure. */
  breakerTimeoutMs: 60,
} as const;
