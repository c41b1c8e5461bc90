import type { Command } from './commands.ts';
import { isJoinedRead, keyCountOf } from './shared-values.ts';

type Check = (reply: unknown, command: Command) => boolean;

const isValue: Check = (reply) => reply === null || reply instanceof Buffer;
const isCount: Check = (reply) => Number.isInteger(reply);
const isOk: Check = (reply) => String(reply) === 'OK';
const isValueEach: Check = (reply, command) =>
  Array.isArray(reply) &&
  reply.length === keyCountOf(command) &&
  reply.every((each) => isValue(each, command));

// For the commands that the cache sends.
const CHECKS: Readonly<Record<string, Check>> = {
  GET: isValue,
  GETRANGE: isValue,
  // Null: NX, and the key exists.
  SET: (reply, command) => isOk(reply, command) || (reply === null && command.includes('NX')),
  DEL: isCount,
  EXISTS: isCount,
  PEXPIRE: isCount,
  EVAL: (reply, command) => (isJoinedRead(command) ? isValueEach : isCount)(reply, command),
  ASKING: isOk,
  SCAN: (reply) => Array.isArray(reply) && reply[0] instanceof Buffer && Array.isArray(reply[1]),
};

/** Whether the reply is possible for the command. Redis can refuse any command. */
export function hasExpectedShape(command: Command, reply: unknown): boolean {
  return reply instanceof Error || (CHECKS[command[0]]?.(reply, command) ?? true);
}
