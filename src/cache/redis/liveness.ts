import type { Redis } from 'ioredis';

// A connection whose PING has no answer after so many beats in which this process ran is cut, and made again. Without
// this a peer that is gone without a word is noticed when TCP gives up, after minutes. ioredis has a `socketTimeout`
// for that, but it fires before what has arrived is read: a process that was paused would cut a connection that is well.
const BEAT_MS = 500;
const MAX_SILENT_BEATS = 4;

/**
 * Keeps asking the connection whether it is alive, for as long as it is there. A handshake that is not answered is cut
 * in the same way, and a connection on which the replies are out of step.
 */
export function watchLiveness(redis: Redis): void {
  let pings = 0;
  let silentBeats = 0;
  let isAsked = false;
  const timer = setInterval(() => {
    const isConnected = redis.status === 'connect' || redis.status === 'ready';
    // One that is being closed has failed already.
    if (isConnected && isAsked && redis.stream.writable) silentBeats += 1;
    if (silentBeats >= MAX_SILENT_BEATS)
      dropConnection(redis, new Error(`no reply within ${MAX_SILENT_BEATS * BEAT_MS} ms`));
    else if (redis.status === 'ready' && !isAsked) void ping();
  }, BEAT_MS).unref();
  redis.on('connect', () => {
    // Its handshake is what is asked.
    isAsked = true;
    silentBeats = 0;
  });
  redis.on('ready', answered);
  redis.on('close', answered);
  redis.on('end', () => clearInterval(timer));
  // The client has no command for a reply: it comes too late, or is one too many.
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
    // A subscriber is answered with a pair by servers that know RESP2 alone.
    if (!(reply instanceof Error) && ![text, `pong,${text}`].includes(String(reply)))
      dropConnection(redis, new Error('the reply of another command'));
  }
}

/** Cuts the connection now. It is made again as after every loss; the error is what the loss is reported with. */
export function dropConnection(redis: Redis, error: Error): void {
  redis.stream?.destroy(error);
}
