import { withoutCommand } from './redis-error.ts';
import type { Node } from './redis-nodes.ts';
import type { Command, Reply } from './redis-port.ts';

/** There is no connection to the Redis that has the key. */
export class RedisNotConnected extends Error {
  override name = 'RedisNotConnected' as const;
}

/**
 * Sends the commands to a node in one pipeline, and gives what it replied to each; refusals are replies.
 * @throws what became of the connection. At once where there is none: a node of a cluster would queue them.
 */
export async function makeTrip(node: Node, commands: readonly Command[]): Promise<Reply[]> {
  const { name, redis, isWhole } = node;
  if (redis?.status !== 'ready') throw new RedisNotConnected(`no connection to ${name}`);
  const pipeline = redis.pipeline();
  const onlyReads = isWhole && commands.length > 1 && commands.every(([command]) => command === 'GET');
  // A read of many keys costs Redis and the connection half as much as one command. It gives null for a wrong type.
  const sent: readonly Command[] = onlyReads ? [['MGET', ...commands.map(keyOf)]] : commands;
  for (const [command, ...args] of sent) pipeline.callBuffer(command, ...args.map(toArgument));
  const results = (await pipeline.exec()) ?? [];
  const replies = results.map(([error, reply]) => {
    // ReplyError is how ioredis tells what Redis says from what becomes of the connection.
    if (error && error.name !== 'ReplyError') throw withoutCommand(error);
    return error ? withoutCommand(error) : (reply as Reply);
  });
  if (!onlyReads) return replies;
  const [all] = replies as readonly unknown[] as readonly (Error | Reply[])[];
  return Array.isArray(all) ? all : commands.map(() => all as Error);
}

function keyOf([, key = '']: Command): string | number | Buffer {
  return key;
}

function toArgument(argument: string | number | Buffer): string | Buffer {
  return typeof argument === 'number' ? String(argument) : argument;
}
