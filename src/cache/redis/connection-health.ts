import type { Redis } from 'ioredis';

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

// A connection is cut and made again if its PING has no reply after this many beats in which this process ran. Otherwise
// a peer that disappears silently is noticed only when TCP gives up, after minutes. The `socketTimeout` of ioredis fires
// before arrived data is read, so a process that was paused would cut a healthy connection.
const BEAT_MS = 500;
const MAX_SILENT_BEATS = 4;

/**
 * Sends PING on the connection at intervals until it ends. Also cuts a connection whose handshake gets no reply, or whose
 * replies are out of step with its commands.
 */
export function watchLiveness(redis: Redis): void {
  let pings = 0;
  let silentBeats = 0;
  let isAsked = false;
  const timer = setInterval(() => {
    const isConnected = redis.status === 'connect' || redis.status === 'ready';
    // A connection that is being closed has failed already.
    if (isConnected && isAsked && redis.stream.writable) silentBeats += 1;
    if (silentBeats >= MAX_SILENT_BEATS)
      dropConnection(redis, new Error(`no reply within ${MAX_SILENT_BEATS * BEAT_MS} ms`));
    else if (redis.status === 'ready' && !isAsked) void ping();
  }, BEAT_MS).unref();
  redis.on('connect', () => {
    // The handshake counts as the pending PING.
    isAsked = true;
    silentBeats = 0;
  });
  redis.on('ready', answered);
  redis.on('close', answered);
  redis.on('end', () => clearInterval(timer));
  // ioredis has no command for a reply: the reply is late, or superfluous.
  redis.on('error', ({ message }: Error) => {
    if (message.startsWith('Command queue state error'))
      dropConnection(redis, new Error('unexpected reply without a command'));
  });

  function answered(): void {
    isAsked = false;
    silentBeats = 0;
  }

  async function ping(): Promise<void> {
    isAsked = true;
    pings += 1;
    const text = `beat ${pings}`;
    const reply = await redis.ping(text).catch((error: unknown) => error);
    if (!isAsked || redis.status !== 'ready') return;
    answered();
    // A server that speaks only RESP2 replies to a subscriber with a pair.
    if (!(reply instanceof Error) && ![text, `pong,${text}`].includes(String(reply)))
      dropConnection(redis, new Error('the reply of another command'));
  }
}

/** Cuts the connection at once. It reconnects as after any loss, which is reported with the error. */
export function dropConnection(redis: Redis, error: Error): void {
  redis.stream?.destroy(error);
}
