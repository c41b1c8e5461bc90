import type { Redis } from 'ioredis';
import { decodeEntry } from './codec.ts';
import type { CacheEvent } from './events.ts';
import type { Store } from './store.ts';

export interface RedisStoreOptions {
  readonly redis: Redis;
  readonly clock: { now(): number };
  readonly report: (event: CacheEvent) => void;
}

/**
 * The tier that processes share. A read of any number of keys is one pipeline, so one round trip, and no command
 * names two keys, which a Redis Cluster would refuse. How long a command may take is the connection's to say.
 */
export function createRedisStore({ redis, clock, report }: RedisStoreOptions): Store {
  let up: boolean | undefined;
  let lastError: unknown;
  if (redis.status === 'ready') markUp();
  redis.on('error', (error) => {
    lastError = error;
  });
  redis.on('ready', markUp);
  redis.on('close', () => markDown(lastError));

  return {
    async read(keys, codec) {
      const pipeline = redis.pipeline();
      for (const key of keys) pipeline.getBuffer(key);
      const replies = await run(pipeline);
      return replies.map((reply) => {
        if (reply === null) return 'absent';
        return reply instanceof Buffer ? (decodeEntry(reply, codec) ?? 'invalid') : 'invalid';
      });
    },
    async write(fills) {
      const pipeline = redis.pipeline();
      for (const { key, entry, encoded } of fills) {
        const ttlMs = Math.ceil(entry.staleUntil - clock.now());
        if (ttlMs > 0) pipeline.set(key, encoded, 'PX', ttlMs);
      }
      await run(pipeline);
    },
  };

  async function run(pipeline: ReturnType<Redis['pipeline']>): Promise<unknown[]> {
    try {
      const results = (await pipeline.exec()) ?? [];
      const replies = results.map(([error, reply]) => {
        if (error && !isForeignType(error)) throw error;
        return error ?? reply;
      });
      markUp();
      return replies;
    } catch (cause) {
      markDown(cause);
      throw cause;
    }
  }

  function markUp() {
    if (up !== true) report({ type: 'store-up' });
    up = true;
  }

  function markDown(cause: unknown) {
    if (up !== false) report({ type: 'store-down', cause });
    up = false;
  }
}

/** Whether Redis refused because something that is no string lies under the key: a bad value, not a bad Redis. */
function isForeignType({ message }: Error): boolean {
  return message.startsWith('WRONGTYPE');
}
