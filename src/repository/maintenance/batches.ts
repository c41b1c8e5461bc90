import type { RateLimit } from '../../upstream/rate-limit.ts';
import type { RateLimiter } from './rate-limiter.ts';

// The catalogs of this many sellers fill about one upstream page, so a batch is about one call.
const SELLERS_PER_BATCH = 25;

// The limit if the upstream is slower than the rate limit; it leaves upstream slots for requests.
const MAX_CONCURRENT_BATCHES = 4;

export interface BatchesOptions {
  readonly limiter: RateLimiter;
  /** No further batch begins once it aborts. */
  readonly signal: AbortSignal;
}

/** Splits ids into batches whose catalogs are requested together. The same list always gives the same batches. */
export function batchesOf(ids: readonly number[]): readonly (readonly number[])[] {
  return Array.from({ length: Math.ceil(ids.length / SELLERS_PER_BATCH) }, (_, index) =>
    ids.slice(index * SELLERS_PER_BATCH, (index + 1) * SELLERS_PER_BATCH),
  );
}

/**
 * Runs the batches as the rate limit allows, a few of them concurrently. Resolves when all started batches have ended. `work`
 * passes the rate limit to its calls; it must not reject.
 */
export async function runBatches<B>(
  batches: readonly B[],
  work: (batch: B, rateLimit: RateLimit) => Promise<void>,
  { limiter, signal }: BatchesOptions,
): Promise<void> {
  const underWay = new Set<Promise<void>>();
  const rateLimit = limiter.within(signal);
  for (const batch of batches) {
    // A batch begins only when it can continue at once. A load through the cache must not wait for the rate limit, because
    // requests may have joined it.
    await limiter.available(signal);
    if (signal.aborted) break;
    const called = Promise.withResolvers<void>();
    const observed: RateLimit = {
      acquire() {
        const acquired = rateLimit.acquire();
        called.resolve();
        return acquired;
      },
      record() {
        rateLimit.record();
        called.resolve();
      },
    };
    const ended = work(batch, observed).finally(() => underWay.delete(ended));
    underWay.add(ended);
    // A batch has shown by now whether it makes a call. After a batch of cache hits, the next one need not wait.
    await Promise.race([called.promise, ended]);
    if (underWay.size >= MAX_CONCURRENT_BATCHES) await Promise.race(underWay);
  }
  await Promise.all(underWay);
}
