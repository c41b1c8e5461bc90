import type { Redis } from 'ioredis';
import { dropConnection } from './liveness.ts';

/** Redis refused the protocol, the login or the database of the connection. */
class RedisHandshakeRefused extends Error {
  override name = 'RedisHandshakeRefused' as const;
}

// The reply of a server before version 6: ioredis then continues without HELLO.
const UNKNOWN_HELLO = /NOPROTO|unknown command/i;

/**
 * Fails the connection if Redis refuses HELLO, AUTH or SELECT. ioredis continues after some of these refusals: with a
 * different database than the configured one, or, if the server requires no password but one is configured, in a protocol
 * that the server does not speak.
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

/** Rewords the refusals that ioredis recognizes by their text, writes to the console and ignores. */
function reasonOf(message: string): string {
  return /without any password|no password is set/.test(message)
    ? 'Redis requires no password, but one is configured'
    : message;
}
