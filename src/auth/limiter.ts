/// <reference path="./rate-limiter-flexible.d.ts" />
import { hash } from 'node:crypto';
import RateLimiterRedis from 'rate-limiter-flexible/lib/RateLimiterRedis.js';
import RateLimiterRes from 'rate-limiter-flexible/lib/RateLimiterRes.js';
import type { RedisClient } from '../cache/index.ts';
import { BoundedRateLimiterMemory, MemoryResult } from './limiter-memory.ts';
import { createStoreClient } from './rate-limiter-store.ts';

export interface LimiterOptions {
  /** The points of a key in a window. */
  readonly points: number;
  /** Rounded up to whole seconds. A window begins with the first point of a key. */
  readonly windowMs: number;
  /** Null for a limiter in memory only. */
  readonly redis: RedisClient | null;
  readonly keyPrefix: string;
  /** The longest wait for Redis, in milliseconds. */
  readonly budgetMs: number;
}

/** What is counted for a key. */
export interface Count {
  /** Whether Redis counted, and so for all processes. Otherwise the memory of this process did. */
  readonly shared: boolean;
  /** False: the points were refused, and are not counted. */
  readonly allowed: boolean;
  /** With the points of this call, whether or not they were refused. */
  readonly consumed: number;
  /** Until the window ends. */
  readonly resetMs: number;
}

/**
 * Counts points by key and window, by rate-limiter-flexible. All processes count together in Redis. While Redis fails or
 * is slower than the budget, each process counts in its memory, beginning at 0: N processes then allow N times the points.
 * No method rejects.
 */
export interface Limiter {
  /** Takes all of the points, or none of them if fewer remain. */
  take(key: string, points?: number): Promise<Count>;
  /** Counts points that were already used, also beyond the limit. No request waits for it, so it may wait longer. */
  add(key: string, points: number): Promise<Count>;
  /** Returns points that were taken. */
  giveBack(key: string, points?: number): Promise<void>;
  /** Forgets the points of a key. */
  reset(key: string): Promise<void>;
}

// Of the keys in memory. A key takes about 500 bytes, with its timer.
const MAX_KEYS = 50_000;
const BACKGROUND_MS = 1000;

/**
 * Replaces the script of rate-limiter-flexible, which counts refused points too: an expensive request that is refused
 * would take the points of cheap ones. Of all commands that the ACL user of the cache may not send, it needs PTTL only.
 * KEYS: the key. ARGV: the points (negative to give back), the seconds of a window, the limit.
 */
const COUNT_SCRIPT = `redis.call('SET', KEYS[1], 0, 'EX', ARGV[2], 'NX')
local points = tonumber(ARGV[1])
local consumed = math.max(0, tonumber(redis.call('GET', KEYS[1])) + points)
if points <= 0 or consumed <= tonumber(ARGV[3]) then redis.call('SET', KEYS[1], consumed, 'KEEPTTL') end
local ttl = redis.call('PTTL', KEYS[1])
if ttl < 0 then
  ttl = 1000 * ARGV[2]
  redis.call('PEXPIRE', KEYS[1], ttl)
end
return { consumed, ttl }`;

export function createLimiter({ points, windowMs, redis, keyPrefix, budgetMs }: LimiterOptions): Limiter {
  const duration = Math.ceil(windowMs / 1000);
  // Limiters with different windows share no count: its expiry is that of the window in which it began.
  const shared = { keyPrefix: `${keyPrefix}.${duration}s`, duration };
  const memory = new BoundedRateLimiterMemory({ ...shared, points }, MAX_KEYS);
  const inRedis = (limit: number, timeoutMs: number) =>
    redis &&
    new RateLimiterRedis({
      ...shared,
      points: limit,
      storeClient: createStoreClient(redis, timeoutMs),
      useRedisPackage: true,
      customIncrTtlLuaScript: COUNT_SCRIPT,
      insuranceLimiter: memory,
    });
  const limiter = inRedis(points, budgetMs) ?? memory;
  const unlimited = inRedis(Number.MAX_SAFE_INTEGER, BACKGROUND_MS) ?? memory;

  return {
    take: (key, taken = 1) => countOf(limiter.consume(digest(key), taken)),
    add: (key, added) => countOf(unlimited.penalty(digest(key), added)),
    async giveBack(key, returned = 1) {
      await limiter.reward(digest(key), returned);
    },
    async reset(key) {
      // The memory too: it may have counted attempts while Redis was away.
      await Promise.all([limiter.delete(digest(key)), memory.delete(digest(key))]);
    },
  };
}

async function countOf(counting: Promise<RateLimiterRes>): Promise<Count> {
  const { allowed, result } = await counting.then(
    (result) => ({ allowed: true, result }),
    (refusal: unknown) => {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      return { allowed: false, result: refusal };
    },
  );
  const { consumedPoints: consumed, msBeforeNext } = result;
  return { shared: !(result instanceof MemoryResult), allowed, consumed, resetMs: Math.max(0, msBeforeNext) };
}

/** Keys name users and addresses, which Redis does not need to hold as text. */
function digest(key: string): string {
  return hash('sha256', key, 'base64url');
}
