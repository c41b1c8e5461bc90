import type { RedisClient, Reply } from '../cache/index.ts';

/** The methods of the package `redis` that RateLimiterRedis calls, as far as the limiters of this project need them. */
export interface StoreClient {
  eval(
    script: string,
    options: { readonly keys: readonly string[]; readonly arguments: readonly string[] },
  ): Promise<Reply>;
  del(key: string): Promise<Reply>;
}

/** Lets RateLimiterRedis use a client that fails fast. A trip longer than `timeoutMs` rejects, and so does a refused command. */
export function createStoreClient(redis: RedisClient, timeoutMs: number): StoreClient {
  return {
    eval: (script, { keys, arguments: args }) => send('EVAL', script, keys.length, ...keys, ...args),
    del: (key) => send('DEL', key),
  };

  async function send(...command: Parameters<RedisClient['send']>[0][number]): Promise<Reply> {
    const [reply = null] = await redis.send([command], timeoutMs);
    if (reply instanceof Error) throw reply;
    return reply;
  }
}
