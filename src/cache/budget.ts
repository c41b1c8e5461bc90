/** The longest that one request waits for Redis, all its Redis work together. */
export interface Budget {
  /** Runs a trip that may take what is left. Rejects with BudgetSpent where nothing is. */
  spend<T>(trip: (timeoutMs: number) => Promise<T>): Promise<T>;
}

class BudgetSpent extends Error {
  override name = 'BudgetSpent' as const;
}

export function createBudget(budgetMs: number, clock: { now(): number }): Budget {
  let leftMs = budgetMs;
  return {
    async spend(trip) {
      if (leftMs <= 0) throw new BudgetSpent('this request has waited for Redis long enough');
      const startedAt = clock.now();
      try {
        return await trip(leftMs);
      } finally {
        leftMs -= clock.now() - startedAt;
      }
    },
  };
}
