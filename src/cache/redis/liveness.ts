import type { Redis } from 'ioredis';

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
