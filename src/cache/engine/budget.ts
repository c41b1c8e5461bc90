import type { Clock } from '../clock.ts';
import type { Report } from '../events.ts';
import { STALL_MS } from '../stalls.ts';

/** The longest that one request waits for Redis, all its Redis work together. */
export interface Budget {
  /** Runs a trip that may take what is left. Rejects with BudgetSpent where nothing is. */
  spend<T>(trip: (timeoutMs: number) => Promise<T>): Promise<T>;
}

class BudgetSpent extends Error {
  override name = 'BudgetSpent' as const;
}

/**
 * Trips side by side are one wait, and reported as one: what counts is the time in which at least one is under way.
 * `budgetMs` is in milliseconds.
 */
export function createBudget(budgetMs: number, clock: Clock, report: Report): Budget {
  let leftMs = budgetMs;
  let underWay = 0;
  let since = 0;
  return {
    async spend(trip) {
      const startedAt = clock.monotonic();
      const left = underWay > 0 ? leftMs - (startedAt - since) : leftMs;
      if (left <= 0) throw new BudgetSpent('the Redis budget of this request is spent');
      if (underWay === 0) since = startedAt;
      underWay += 1;
      try {
        return await trip(left);
      } finally {
        underWay -= 1;
        if (underWay === 0) {
          const durationMs = clock.monotonic() - since;
          // Where this process stood still it did not wait for Redis.
          if (durationMs <= left + STALL_MS) leftMs -= durationMs;
          report({ type: 'budget-spent', durationMs });
        }
      }
    },
  };
}
