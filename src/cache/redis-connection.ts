import { once } from 'node:events';
import { Redis } from 'ioredis';

// What a start waits for a Redis that does not answer: long enough for one across a network, and no longer.
const FIRST_CONNECTION_MS = 500;

// Wide enough that a fleet which lost one Redis does not come back to it in step.
const RECONNECT_MIN_MS = 100;
const RECONNECT_MAX_MS = 5000;
const CONNECT_TIMEOUT_MS = 2000;

/**
 * A connection that is up or has failed once, so that a process which has just started finds what others stored.
 * It never makes anybody wait after that: while it is down commands fail at once instead of queueing, a command
 * without an answer fails after `budgetMs`, and it reconnects by itself for as long as it lives.
 */
export async function connectRedis(url: string, budgetMs: number, random: () => number): Promise<Redis> {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    commandTimeout: budgetMs,
    connectTimeout: CONNECT_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) =>
      RECONNECT_MIN_MS + random() * Math.min(RECONNECT_MAX_MS, RECONNECT_MIN_MS * 2 ** Math.min(attempt, 10)),
  });
  // Without a listener ioredis writes every failed attempt to the console; the store reports the change of state.
  redis.on('error', () => {});
  const signal = AbortSignal.timeout(FIRST_CONNECTION_MS);
  await Promise.any([once(redis, 'ready', { signal }), once(redis, 'close', { signal })]).catch(() => {});
  return redis;
}
