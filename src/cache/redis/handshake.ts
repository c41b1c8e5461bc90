import type { Redis } from 'ioredis';
import { dropConnection } from './liveness.ts';

/** Redis refused what the connection depends on: who it is, or which database it works on. */
class RedisHandshakeRefused extends Error {
  override name = 'RedisHandshakeRefused' as const;
}

// Of a server before version 6: ioredis then does without HELLO.
const UNKNOWN_HELLO = /NOPROTO|unknown command/i;

/**
 * Has a connection fail whose HELLO, AUTH or SELECT is refused. ioredis goes on after some of these refusals: with
 * another database than the one that was named, or, where a password was given that the server does not ask for, in a
 * protocol that the server does not speak.
 */
export function requireHandshake(redis: Redis): void {
  for (const command of ['hello', 'auth', 'select'] as const) {
    const send = redis[command].bind(redis) as (...args: unknown[]) => Promise<unknown>;
    const sendChecked = async (...args: unknown[]) => {
      try {
        return await send(...args);
      } catch (cause) {
        const { name, message } = cause as Error;
        if (name !== 'ReplyError' || (command === 'hello' && UNKNOWN_HELLO.test(message))) throw cause;
        const failure = new RedisHandshakeRefused(reasonOf(message));
        dropConnection(redis, failure);
        throw failure;
      }
    };
    Object.assign(redis, { [command]: sendChecked });
  }
}

/** Not in the words by which ioredis knows a refusal that it would write to the console and pass over. */
function reasonOf(message: string): string {
  return /without any password|no password is set/.test(message)
    ? 'Redis requires no password, but one is configured'
    : message;
}
