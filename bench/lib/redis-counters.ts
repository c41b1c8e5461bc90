import type { Redis } from 'ioredis';

/** What Redis itself counts. */
export interface RedisCounters {
  /** Times that it read from a socket: one for each trip, whatever number of commands came with it. */
  readonly reads: number;
  readonly commands: number;
}

/** What `work` cost Redis, without the asking. `observer` is a connection that does nothing else. */
export async function countInRedis(observer: Redis, work: () => Promise<void>): Promise<RedisCounters> {
  const before = await counters(observer);
  await work();
  const after = await counters(observer);
  // The second question was a trip and a command too.
  return { reads: after.reads - before.reads - 1, commands: after.commands - before.commands - 1 };
}

async function counters(observer: Redis): Promise<RedisCounters> {
  const info = await observer.info('stats');
  const numberOf = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1]);
  return { reads: numberOf('total_reads_processed'), commands: numberOf('total_commands_processed') };
}
