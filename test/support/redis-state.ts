import { expect, onTestFinished } from 'vitest';
import { openRedisState, type RedisState } from '../../src/cache/index.ts';
import { startRedis, type TestRedis } from './redis.ts';

/** A real Redis until the end of the test. */
export async function redisForTest(args: readonly string[] = []): Promise<TestRedis> {
  const redis = await startRedis(args);
  onTestFinished(() => redis.kill());
  return redis;
}

/** So long that a busy machine does not make Redis count as down. */
export const AMPLE_BUDGET_MS = 20_000;

/** The connections of one process until the end of the test. Resolves once Redis replies. */
export async function redisStateOf({ url }: TestRedis, budgetMs = AMPLE_BUDGET_MS): Promise<RedisState> {
  const state = await openRedisState({
    ...{ server: { kind: 'single', url }, budgetMs, channel: 'test' },
    ...{ random: Math.random, report: () => {} },
  });
  onTestFinished(() => state.close());
  await expect.poll(() => state.isUp).toBe(true);
  return state;
}
