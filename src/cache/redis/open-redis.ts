import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Backplane } from '../engine/backplane.ts';
import type { Report } from '../events.ts';
import type { KeyValue, KeyValueDefinition } from '../key-value.ts';
import { createRedisAdmin, type RedisAdmin } from './admin.ts';
import { createRedisBackplane } from './backplane.ts';
import { createRedisClient } from './client.ts';
import { connectRedis, connectSubscriber, type RedisServer } from './connection.ts';
import { createRedisKeyValue } from './key-value.ts';
import { createSharedPauses, type SharedPauses } from './shared-pauses.ts';
import { createSharedTier, type SharedTier } from './shared-tier.ts';

export interface OpenRedisOptions {
  readonly server: RedisServer;
  readonly budgetMs: number;
  readonly tripMs: number;
  readonly backplane: boolean;
  readonly keyPrefix: string;
  readonly sourcePrefix: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly report: Report;
}

/** Everything that the cache keeps in Redis, over one connection for commands and one for messages. */
export interface RedisModule {
  readonly sharedTier: SharedTier;
  /** Null if messages are turned off. */
  readonly backplane: Backplane | null;
  readonly pauses: SharedPauses;
  readonly admin: RedisAdmin;
  readonly keyValue: (definition: KeyValueDefinition) => KeyValue;
  /** Whether Redis replies within the budget. */
  readonly isUp: boolean;
  close(): void;
}

/** Waits up to half a second for each connection. If Redis is down, the connections are made later. */
export async function openRedis(options: OpenRedisOptions): Promise<RedisModule> {
  const { server, budgetMs, sourcePrefix, clock, random, report } = options;
  const [redis, subscriber] = await Promise.all([
    connectRedis(server, random),
    options.backplane ? connectSubscriber(server, random) : null,
  ]);
  const client = createRedisClient(redis, report, budgetMs);
  const channel = `${sourcePrefix}backplane`;
  return {
    sharedTier: createSharedTier(client, sourcePrefix, randomUUID),
    backplane: subscriber && createRedisBackplane(redis, subscriber, channel, randomUUID(), report),
    pauses: createSharedPauses({ redis: client, keyPrefix: sourcePrefix, clock, timeoutMs: budgetMs }),
    admin: createRedisAdmin(redis),
    keyValue: (definition) => createRedisKeyValue(definition, { ...options, redis: client }),
    get isUp() {
      return client.isUp;
    },
    close() {
      redis.disconnect();
      subscriber?.disconnect();
    },
  };
}
