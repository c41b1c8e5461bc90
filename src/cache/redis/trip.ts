/// <reference path="./cluster-key-slot.d.ts" />
import slotOf from 'cluster-key-slot';
import type { Cluster, Redis } from 'ioredis';
import { STALL_MS } from '../stalls.ts';
import type { Command, Reply } from './commands.ts';
import { dropConnection } from './connection-health.ts';
import { withoutCommand } from './errors.ts';

/** A node of Redis, and its connection. */
export interface Node {
  /** `host:port` in a cluster. */
  readonly name: string;
  /** Undefined if the node has no connection at present. */
  readonly redis: Redis | undefined;
}

/** The nodes by the keys that they hold. */
export interface Nodes {
  /** The node that has the key of the command, according to the last known slots. */
  of(command: Command): Node;
  /** A node by its `host:port`. */
  at(address: string): Node;
  /** Reads the slots of the cluster again. */
  refresh(): void;
}

export function createNodes(redis: Redis | Cluster): Nodes {
  if (!redis.isCluster) {
    const only = { name: 'redis', redis: redis as Redis };
    return { of: () => only, at: () => only, refresh() {} };
  }
  const cluster = redis as Cluster;
  const at = (address: string): Node => ({
    name: address,
    redis: cluster.nodes().find(({ options }) => `${options.host}:${options.port}` === address),
  });
  return {
    of: (command) => at(cluster.slots[slotOf(keyOf(command))]?.[0] ?? 'nowhere'),
    at,
    refresh: () => cluster.refreshSlotsCache(),
  };
}

function keyOf([name, ...args]: Command): string {
  // EVAL script numkeys key …
  return String(name === 'EVAL' ? args[2] : args[0]);
}

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
  const { name, redis } = node;
  if (redis?.status !== 'ready') throw new RedisNotConnected(`not connected to ${name}`);
  const pipeline = redis.pipeline();
  trips += 1;
  const echo = `trip ${trips}`;
  for (const [command, ...args] of [...commands, ['PING', echo] as const])
    pipeline.callBuffer(command, ...args.map(toArgument));
  const results = (await pipeline.exec()) ?? [];
  const replies = results.map(([error, reply]) => {
    // ioredis uses ReplyError for refusals by Redis, and other errors for the connection.
    if (error && error.name !== 'ReplyError') throw withoutCommand(error);
    return error ? withoutCommand(error) : (reply as Reply);
  });
  const last = replies.pop();
  const isInStep = last instanceof Error ? NO_RIGHT.test(last.message) : String(last) === echo;
  if (!isInStep || !commands.every((command, index) => hasExpectedShape(command, replies[index]))) {
    const failure = new RedisOutOfStep(`${name} sent the reply of another command`);
    dropConnection(redis, failure);
    throw failure;
  }
  return replies;
}

function toArgument(argument: string | number | Buffer): string | Buffer {
  return typeof argument === 'number' ? String(argument) : argument;
}

type Check = (reply: unknown, command: Command) => boolean;

const isValue: Check = (reply) => reply === null || reply instanceof Buffer;
const isCount: Check = (reply) => Number.isInteger(reply);
const isCountOrCounts: Check = (reply, command) =>
  Array.isArray(reply) ? reply.every((each) => isCount(each, command)) : isCount(reply, command);
const isOk: Check = (reply) => String(reply) === 'OK';
const isList: Check = (reply) => Array.isArray(reply);

// For the commands that this module and the sessions send.
const CHECKS: Readonly<Record<string, Check>> = {
  GET: isValue,
  GETRANGE: isValue,
  // Null: NX, and the key exists.
  SET: (reply, command) => isOk(reply, command) || (reply === null && command.includes('NX')),
  DEL: isCount,
  EXISTS: isCount,
  PEXPIRE: isCount,
  EVAL: isCountOrCounts,
  ASKING: isOk,
  ZADD: isCount,
  ZCARD: isCount,
  ZREM: isCount,
  ZREMRANGEBYSCORE: isCount,
  ZRANGE: isList,
  SCAN: (reply) => Array.isArray(reply) && reply[0] instanceof Buffer && Array.isArray(reply[1]),
};

/** Whether the reply is possible for the command. Redis can refuse any command. */
export function hasExpectedShape(command: Command, reply: unknown): boolean {
  return reply instanceof Error || (CHECKS[command[0]]?.(reply, command) ?? true);
}

/** Redis did not reply in time. It may have executed the commands, or may still execute them. */
export class RedisTimedOut extends Error {
  override name = 'RedisTimedOut' as const;
  readonly afterMs: number;

  constructor(afterMs: number) {
    super(`no reply within ${Math.round(afterMs)} ms`);
    this.afterMs = afterMs;
  }
}

export interface Deadline {
  /** Resolves to the result of the work, or rejects with RedisTimedOut at the deadline. */
  race<T>(work: Promise<T>): Promise<T>;
  readonly passed: boolean;
  clear(): void;
}

export function startDeadline(ms: number): Deadline {
  const { promise: late, reject } = Promise.withResolvers<never>();
  late.catch(() => {});
  let passed = false;
  const end = () => {
    passed = true;
    reject(new RedisTimedOut(ms));
  };
  // The deadline ends one turn of the event loop later, because timers run before sockets. If this process was slow, it
  // first reads a reply that has already arrived, and Redis is not blamed.
  let timer: NodeJS.Timeout;
  const start = (ring: () => void) => {
    timer = setTimeout(ring, ms);
  };
  const startedAt = performance.now();
  // After a long stall of this process, the commands get the same time again.
  start(() =>
    performance.now() - startedAt > ms + STALL_MS ? start(() => setImmediate(end)) : setImmediate(end),
  );
  return {
    race: (work) => Promise.race([work, late]),
    get passed() {
      return passed;
    },
    clear: () => clearTimeout(timer),
  };
}
