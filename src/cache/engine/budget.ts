import type { Clock } from '../clock.ts';
import type { Report } from '../events.ts';
import { STALL_MS } from '../stalls.ts';

/** The longest that one request waits for Redis, all its Redis work together. */
export interface Budget {
  /** Makes a trip with the rest of the budget as its time limit. Rejects with BudgetSpent if nothing is left. */
  spend<T>(trip: (timeoutMs: number) => Promise<T>): Promise<T>;
}

class BudgetSpent extends Error {
  override name = 'BudgetSpent' as const;
}

/**
 * Concurrent trips are one wait, and are reported as one: the time counts in which at least one trip is under way.
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
          // A longer duration means that this process was suspended, not that it waited for Redis.
          if (durationMs <= left + STALL_MS) leftMs -= durationMs;
          report({ type: 'budget-spent', durationMs });
        }
      }
    },
  };
}
