import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';

/** Loads that failed lately, which are not tried again for a pause: everyone who asks meanwhile gets the failure. */
export interface Failures {
  get(key: string): Error | undefined;
  set(key: string, failure: Error, pauseMs: number): void;
  delete(key: string): void;
}

const MAX_FAILURES = 10_000;

export function createFailures(clock: Clock): Failures {
  const failures = new LRUCache<string, { readonly failure: Error; readonly until: number }>({
    // Not `max`, for which the cache would set aside room at once.
    maxSize: MAX_FAILURES,
    sizeCalculation: () => 1,
  });
  return {
    get(key) {
      const kept = failures.get(key);
      return kept && clock.monotonic() < kept.until ? kept.failure : undefined;
    },
    set: (key, failure, pauseMs) => void failures.set(key, { failure, until: clock.monotonic() + pauseMs }),
    delete: (key) => void failures.delete(key),
  };
}
