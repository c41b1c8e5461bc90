import { LRUCache } from 'lru-cache';

/** Loads that failed lately, which are not tried again for a pause: everyone who asks meanwhile gets the failure. */
export interface Failures {
  get(key: string, now: number): Error | undefined;
  set(key: string, failure: Error, until: number): void;
  delete(key: string): void;
}

const MOST_FAILURES_KEPT = 10_000;

export function createFailures(): Failures {
  const failures = new LRUCache<string, { readonly failure: Error; readonly until: number }>({
    // Not `max`, for which the cache would set aside room at once.
    maxSize: MOST_FAILURES_KEPT,
    sizeCalculation: () => 1,
  });
  return {
    get(key, now) {
      const kept = failures.get(key);
      return kept && now < kept.until ? kept.failure : undefined;
    },
    set: (key, failure, until) => void failures.set(key, { failure, until }),
    delete: (key) => void failures.delete(key),
  };
}
