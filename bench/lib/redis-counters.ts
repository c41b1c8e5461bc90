import type { Redis } from 'ioredis';

/** Counters of Redis. */
export interface RedisCounters {
  /** Number of socket reads: one for each trip, for any number of commands. */
  readonly reads: number;
  readonly commands: number;
}

/** The cost of `work` in Redis, without the observation. `observer` is a dedicated connection. */
export async function countInRedis(observer: Redis, work: () => Promise<void>): Promise<RedisCounters> {
  const before = await counters(observer);
  await work();
  const after = await counters(observer);
  // The second reading of the counters was a trip and a command too.
  return { reads: after.reads - before.reads - 1, commands: after.commands - before.commands - 1 };
}

async function counters(observer: Redis): Promise<RedisCounters> {
  const info = await observer.info('stats');
  const numberOf = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1]);
  return { reads: numberOf('total_reads_processed'), commands: numberOf('total_commands_processed') };
}
