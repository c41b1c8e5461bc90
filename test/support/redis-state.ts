import { onTestFinished } from 'vitest';
import { openRedisState, type RedisState } from '../../src/cache/index.ts';
import { startRedis, type TestRedis } from './redis.ts';

/** A real Redis until the end of the test. */
export async function redisForTest(args: readonly string[] = []): Promise<TestRedis> {
  const redis = await startRedis(args);
  onTestFinished(() => redis.kill());
  return redis;
}

/** The connections of one process until the end of the test. */
export async function redisStateOf({ url }: TestRedis, budgetMs = 500): Promise<RedisState> {
  const state = await openRedisState({
    ...{ server: { kind: 'single', url }, budgetMs, channel: 'test' },
    ...{ random: Math.random, report: () => {} },
  });
  onTestFinished(() => state.close());
  return state;
}
