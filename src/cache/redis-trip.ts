import type { Node } from './redis-nodes.ts';
import type { Command, Reply } from './redis-port.ts';

/** There is no connection to the Redis that has the key. */
class RedisNotConnected extends Error {
  override name = 'RedisNotConnected' as const;
}

/**
 * Sends the commands to a node in one pipeline, and gives what it replied to each; refusals are replies.
 * @throws what became of the connection. At once where there is none: a node of a cluster would queue them.
 */
export async function makeTrip({ name, redis }: Node, commands: readonly Command[]): Promise<Reply[]> {
  if (redis?.status !== 'ready') throw new RedisNotConnected(`no connection to ${name}`);
  const pipeline = redis.pipeline();
  for (const [command, ...args] of commands) pipeline.callBuffer(command, ...args.map(toArgument));
  const results = (await pipeline.exec()) ?? [];
  return results.map(([error, reply]) => {
    // ReplyError is how ioredis tells what Redis says from what becomes of the connection.
    if (error && error.name !== 'ReplyError') throw error;
    return error ?? (reply as Reply);
  });
}

function toArgument(argument: string | number | Buffer): string | Buffer {
  return typeof argument === 'number' ? String(argument) : argument;
}
