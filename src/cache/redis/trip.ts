import type { Command, Reply } from './commands.ts';
import { withoutCommand } from './error.ts';
import { dropConnection } from './liveness.ts';
import type { Node } from './nodes.ts';
import { hasExpectedShape } from './replies.ts';
import { joinReads, splitReads } from './shared-values.ts';

/** There is no connection to the node that has the key. */
export class RedisNotConnected extends Error {
  override name = 'RedisNotConnected' as const;
}

/** A reply belongs to another command. No further reply of the connection is used. */
class RedisOutOfStep extends Error {
  override name = 'RedisOutOfStep' as const;
}

// Without the right to PING there is no echo: only the shape of the replies can show that they are out of step.
const NO_RIGHT = /^NOPERM\b/;

// Makes the echo texts distinct.
let trips = 0;

/**
 * Sends the commands to a node in one pipeline, and returns the reply to each; refusals are replies. The pipeline ends
 * with a PING with a distinct text. If that text does not come back last, or a reply has a shape that is impossible for
 * its command, every reply on the connection may belong to another command: the connection is dropped, and no reply is
 * used.
 * @throws RedisOutOfStep in that case; RedisNotConnected if there is no connection (a cluster node would queue the
 * commands); otherwise the error of the connection.
 */
export async function makeTrip(node: Node, commands: readonly Command[]): Promise<Reply[]> {
  const { name, redis, hasAllSlots } = node;
  if (redis?.status !== 'ready') throw new RedisNotConnected(`not connected to ${name}`);
  const pipeline = redis.pipeline();
  const isJoined =
    hasAllSlots && commands.length > 1 && commands.every(([command]) => command === 'GETRANGE');
  const sent = isJoined ? joinReads(commands) : commands;
  trips += 1;
  const echo = `trip ${trips}`;
  for (const [command, ...args] of [...sent, ['PING', echo] as const])
    pipeline.callBuffer(command, ...args.map(toArgument));
  const results = (await pipeline.exec()) ?? [];
  const replies = results.map(([error, reply]) => {
    // ioredis uses ReplyError for refusals by Redis, and other errors for the connection.
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
