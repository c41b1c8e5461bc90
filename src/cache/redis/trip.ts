import type { Command, Reply } from './commands.ts';
import { withoutCommand } from './error.ts';
import { dropConnection } from './liveness.ts';
import type { Node } from './nodes.ts';
import { joinReads, splitReads } from './reads.ts';
import { hasExpectedShape } from './replies.ts';

/** There is no connection to the Redis that has the key. */
export class RedisNotConnected extends Error {
  override name = 'RedisNotConnected' as const;
}

/** A reply is not to the command that it came for. None of the connection is used any more. */
class RedisOutOfStep extends Error {
  override name = 'RedisOutOfStep' as const;
}

// A user without the right to PING cannot be told from a reply out of step by its echo, only by its shape.
const NO_RIGHT = /^NOPERM\b/;

// Makes the texts different. Nothing depends on it.
let trips = 0;

/**
 * Sends the commands to a node in one pipeline, and gives what it replied to each; refusals are replies. The pipeline
 * ends with a PING of its own text. If that text does not come back last, or a reply has a shape that its command
 * cannot have, every reply on the connection may belong to another command: the connection is dropped, and no reply is
 * used.
 * @throws RedisOutOfStep then, RedisNotConnected where there is no connection (a node of a cluster would queue the
 * commands), and otherwise what became of the connection.
 */
export async function makeTrip(node: Node, commands: readonly Command[]): Promise<Reply[]> {
  const { name, redis, isWhole } = node;
  if (redis?.status !== 'ready') throw new RedisNotConnected(`not connected to ${name}`);
  const pipeline = redis.pipeline();
  const isJoined = isWhole && commands.length > 1 && commands.every(([command]) => command === 'GETRANGE');
  const sent = isJoined ? joinReads(commands) : commands;
  trips += 1;
  const echo = `trip ${trips}`;
  for (const [command, ...args] of [...sent, ['PING', echo] as const])
    pipeline.callBuffer(command, ...args.map(toArgument));
  const results = (await pipeline.exec()) ?? [];
  const replies = results.map(([error, reply]) => {
    // ReplyError is how ioredis tells what Redis says from what becomes of the connection.
    if (error && error.name !== 'ReplyError') throw withoutCommand(error);
    return error ? withoutCommand(error) : (reply as Reply);
  });
  const last = replies.pop();
  const isInStep = last instanceof Error ? NO_RIGHT.test(last.message) : String(last) === echo;
  if (!isInStep || !sent.every((command, index) => hasExpectedShape(command, replies[index]))) {
    const failure = new RedisOutOfStep(`${name} sent the reply of another command`);
    dropConnection(redis, failure);
    throw failure;
  }
  return isJoined ? splitReads(sent, replies) : replies;
}

function toArgument(argument: string | number | Buffer): string | Buffer {
  return typeof argument === 'number' ? String(argument) : argument;
}
