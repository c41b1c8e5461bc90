import { redisKey } from '../engine/key-class.ts';
import type { RedisClient } from './commands.ts';

/** Pauses that all processes share, by their keys. No method rejects: without Redis each process has its own pauses. */
export interface SharedPauses {
  /** The rest of the pause, in milliseconds; 0 if there is none, or Redis does not reply. */
  remainingMs(key: string): Promise<number>;
  /** Begins a pause of `ms` milliseconds, and replaces the current one. */
  extend(key: string, ms: number): Promise<void>;
}

export interface SharedPausesOptions {
  readonly redis: RedisClient;
  readonly keyPrefix: string;
  readonly clock: { now(): number };
  /** The longest wait for Redis, in milliseconds. */
  readonly timeoutMs: number;
}

// While the key exists, the pause lasts: at least this long, even if the clocks of two machines differ about its end.
const MIN_MS = 1000;

export function createSharedPauses({
  redis,
  keyPrefix,
  clock,
  timeoutMs,
}: SharedPausesOptions): SharedPauses {
  const keyOf = (key: string) => redisKey(keyPrefix, key);

  return {
    async remainingMs(key) {
      const [reply] = await redis.send([['GET', keyOf(key)]], timeoutMs).catch(() => []);
      const [, ms, until] =
        /^(\d{1,9}) (\d{1,16})$/.exec(reply instanceof Buffer ? reply.toString() : '') ?? [];
      return ms === undefined ? 0 : Math.min(Number(ms), Math.max(Number(until) - clock.now(), MIN_MS));
    },
    async extend(key, ms) {
      const wholeMs = Math.ceil(ms);
      const value = `${wholeMs} ${Math.ceil(clock.now() + wholeMs)}`;
      await redis.send([['SET', keyOf(key), value, 'PX', wholeMs]], timeoutMs).catch(() => {});
    },
  };
}
