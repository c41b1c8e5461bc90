import { setTimeout } from 'node:timers/promises';
import { readRedisFacts } from '../cache/redis-facts.ts';
import { escapeGlob, scanKeys } from '../cache/redis-keys.ts';
import type { Config } from '../config.ts';
import { type Core, createCore, type Surroundings } from '../core.ts';
import { kindOfKey } from '../repository/names.ts';
import { CommandFailed, type Target } from './target.ts';

// An operator would sooner wait for a slow Redis than read that there is none.
const PATIENCE_MS = 5000;
const KEYS_A_PAGE = 500;

/**
 * The Redis that gateways share, with a cache of this process's own in front of it.
 * @throws CommandFailed where none is configured, or it does not answer.
 */
export async function connectRedisTarget(config: Config, surroundings: Surroundings): Promise<Target> {
  if (!config.cache.redis)
    throw new CommandFailed('No Redis is configured: set REDIS_URL, or name a running gateway by --gateway.');
  const core = await createCore(config, surroundings);
  try {
    const redis = await readyRedis(core);
    const { keyPrefix } = config.cache;
    const scan = (pattern: string) => scanKeys(redis, `${escapeGlob(keyPrefix)}${pattern}`, KEYS_A_PAGE);
    return {
      async stats() {
        const keys: Record<string, number> = {};
        for await (const page of scan('*')) {
          for (const key of page) {
            const kind = kindOfKey(key, keyPrefix);
            keys[kind] = (keys[kind] ?? 0) + 1;
          }
        }
        const facts = await readRedisFacts(redis).catch((cause: Error) => {
          throw new CommandFailed(`Redis does not tell of itself: ${cause.message}`, { cause });
        });
        return { redis: facts, keys };
      },
      inspect: core.repository.operations.inspect,
      invalidate: core.repository.operations.invalidate,
      keys: scan,
      warm: (onProgress) => core.upkeep.warmUp.run({ onProgress }),
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

async function readyRedis({ redis }: Core) {
  for (let waited = 0; redis?.status !== 'ready'; waited += 20) {
    if (waited >= PATIENCE_MS)
      throw new CommandFailed('No Redis answers with these settings: check REDIS_URL or the like.');
    await setTimeout(20);
  }
  return redis;
}
