import { setTimeout } from 'node:timers/promises';
import { type Core, createCore, type Surroundings } from '../app/core.ts';
import { createKeyListing } from '../app/key-listing.ts';
import type { RedisAdmin } from '../cache/index.ts';
import type { Config } from '../config/config.ts';
import { kindOfKey } from '../repository/keys.ts';
import { CommandFailed, type Target } from './target.ts';

// Longer than the budget of a request, because an operator can wait.
const READY_MS = 5000;
const KEYS_A_PAGE = 500;

/**
 * The Redis that gateways share, through a cache of this process.
 * @throws CommandFailed if no Redis is configured or it does not answer.
 */
export async function connectRedisTarget(config: Config, surroundings: Surroundings): Promise<Target> {
  if (!config.cache.redis)
    throw new CommandFailed(
      'No Redis is configured. Set REDIS_URL, or use --gateway with the URL of a running gateway.',
    );
  const core = await createCore(config, surroundings);
  try {
    const redis = await readyRedis(core);
    const { namespacePrefix, sourcePrefix, keyPrefix } = config.cache;
    const own = createKeyListing(config.cache, false);
    return {
      async stats() {
        const keys: Record<string, number> = {};
        for await (const page of redis.scanKeys(own.glob('*'), KEYS_A_PAGE)) {
          for (const key of page) {
            const kind = own.has(key) ? kindOfKey(key, namespacePrefix) : 'in other namespaces';
            keys[kind] = (keys[kind] ?? 0) + 1;
          }
        }
        const facts = await redis.facts().catch((cause: Error) => {
          throw new CommandFailed(`Redis did not report its state: ${cause.message}`, { cause });
        });
        return { redis: facts, namespaces: { entries: keyPrefix, source: sourcePrefix }, keys };
      },
      inspect: core.repository.operations.inspect,
      // Shows which gateways it reaches: their settings may differ from those of this process.
      async invalidate(tags) {
        const { at, ...rest } = await core.repository.operations.invalidate(tags);
        return { ...rest, at: new Date(at).toISOString(), source: sourcePrefix };
      },
      async *keys(pattern, all) {
        const { glob, has } = createKeyListing(config.cache, all);
        for await (const page of redis.scanKeys(glob(pattern), KEYS_A_PAGE)) yield page.filter(has);
      },
      warm: (onProgress) => core.maintenance.warmUp.run({ onProgress }),
      async close() {
        await core.cache.idle();
        await core.close();
      },
    };
  } catch (error) {
    await core.close();
    throw error;
  }
}

async function readyRedis({ redis, redisState }: Core): Promise<RedisAdmin> {
  for (let waited = 0; redis === null || redisState() !== 'up'; waited += 20) {
    if (waited >= READY_MS)
      throw new CommandFailed(
        `Redis is not ready after ${READY_MS / 1000} s. Check REDIS_URL or the other REDIS_ variables.`,
      );
    await setTimeout(20);
  }
  return redis;
}
