import type { Redis } from 'ioredis';
import { decodeEntry } from './codec.ts';
import type { Store } from './store.ts';

/**
 * The tier that processes share. Every command is under the client's `commandTimeout`; a read of any number of
 * keys is one pipeline, so one round trip, and no command names two keys, which a Redis Cluster would refuse.
 */
export function createRedisStore(redis: Redis, clock: { now(): number }): Store {
  return {
    async read(keys, codec) {
      const pipeline = redis.pipeline();
      for (const key of keys) pipeline.getBuffer(key);
      const replies = await settle(pipeline.exec());
      return replies.map((reply) => {
        if (reply === null) return 'absent';
        return decodeEntry(reply as Buffer, codec) ?? 'invalid';
      });
    },
    async write(fills) {
      const pipeline = redis.pipeline();
      for (const { key, entry, encoded } of fills) {
        const ttlMs = Math.ceil(entry.staleUntil - clock.now());
        if (ttlMs > 0) pipeline.set(key, encoded, 'PX', ttlMs);
      }
      await settle(pipeline.exec());
    },
  };
}

/** The replies of a pipeline, or its first error. */
async function settle(execution: Promise<[Error | null, unknown][] | null>): Promise<unknown[]> {
  return ((await execution) ?? []).map(([error, reply]) => {
    if (error) throw error;
    return reply;
  });
}
