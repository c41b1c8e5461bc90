import { randomUUID } from 'node:crypto';
import type { Backplane } from '../engine/backplane.ts';
import type { Report } from '../events.ts';
import type { RedisAdmin } from './admin.ts';
import type { RedisClient } from './commands.ts';
import type { RedisServer } from './connection.ts';

export interface RedisStateOptions {
  readonly server: RedisServer;
  /** The longest time in which Redis counts as up, in milliseconds. */
  readonly budgetMs: number;
  /** The publish/subscribe channel of the messages. */
  readonly channel: string;
  readonly random: () => number;
  readonly report: Report;
}

/** Redis for state that is no cache: commands that fail fast, and messages between processes. */
export interface RedisState {
  readonly client: RedisClient;
  readonly messages: Backplane;
  readonly admin: RedisAdmin;
  /** Whether Redis replies within the budget. */
  readonly isUp: boolean;
  close(): void;
}

/** Waits up to half a second for each connection. If Redis is down, the connections are made later. */
export async function openRedisState(options: RedisStateOptions): Promise<RedisState> {
  const { server, budgetMs, channel, random, report } = options;
  // Loaded on demand: without this Redis, nothing needs the client library.
  const [
    { connectRedis, connectSubscriber },
    { createRedisClient },
    { createRedisBackplane },
    { createRedisAdmin },
  ] = await Promise.all([
    import('./connection.ts'),
    import('./client.ts'),
    import('./backplane.ts'),
    import('./admin.ts'),
  ]);
  const [redis, subscriber] = await Promise.all([
    connectRedis(server, random),
    connectSubscriber(server, random),
  ]);
  const client = createRedisClient(redis, report, budgetMs);
  return {
    client,
    messages: createRedisBackplane(redis, subscriber, channel, randomUUID(), report),
    admin: createRedisAdmin(redis),
    get isUp() {
      return client.isUp;
    },
    close() {
      redis.disconnect();
      subscriber.disconnect();
    },
  };
}
