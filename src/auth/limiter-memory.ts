/// <reference path="./rate-limiter-flexible.d.ts" />
import { LRUCache } from 'lru-cache';
import type { IRateLimiterOptions } from 'rate-limiter-flexible';
import RateLimiterMemory from 'rate-limiter-flexible/lib/RateLimiterMemory.js';
import RateLimiterRes from 'rate-limiter-flexible/lib/RateLimiterRes.js';

/** A result of memory, and not of Redis. */
export class MemoryResult extends RateLimiterRes {
  constructor({ remainingPoints, msBeforeNext, consumedPoints, isFirstInDuration }: RateLimiterRes) {
    super(remainingPoints, msBeforeNext, consumedPoints, isFirstInDuration);
  }
}

/**
 * RateLimiterMemory with three differences: it holds a bounded number of keys and drops the least recently used one, a
 * refused cost is not counted, and a count is never negative.
 */
export class BoundedRateLimiterMemory extends RateLimiterMemory {
  readonly #keys: LRUCache<string, true>;

  constructor(options: IRateLimiterOptions, maxKeys: number) {
    super(options);
    this.#keys = new LRUCache({ max: maxKeys, dispose: (_, key) => void super.delete(key) });
  }

  override async consume(key: string, points = 1): Promise<RateLimiterRes> {
    this.#keys.set(key, true);
    try {
      return new MemoryResult(await super.consume(key, points));
    } catch (refusal) {
      await super.reward(key, points);
      throw new MemoryResult(refusal as RateLimiterRes);
    }
  }

  override async penalty(key: string, points = 1): Promise<RateLimiterRes> {
    this.#keys.set(key, true);
    return new MemoryResult(await super.penalty(key, points));
  }

  override async reward(key: string, points = 1): Promise<RateLimiterRes> {
    this.#keys.set(key, true);
    const { consumedPoints } = await super.reward(key, points);
    // Adding what is missing to 0 loses no count of a concurrent call, unlike setting 0.
    return super.penalty(key, Math.max(0, -consumedPoints));
  }
}
