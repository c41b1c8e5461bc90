import type { WebSocket } from 'ws';
import { CLOSE } from './socket-outlet.ts';
import { HEARTBEAT_MS } from './subscriber.ts';

// A page sends a message for each panel that it opens or closes.
const MAX_MESSAGES_PER_SECOND = 100;
// Replies to a client that reads none of them.
const MAX_UNREAD_BYTES = 1024 * 1024;

/**
 * Closes a WebSocket whose client floods it, does not read, or has gone without a word. Returns a function that counts a
 * message, and tells whether it is to be handled.
 */
export function guardSocket(socket: WebSocket, clock: { monotonic(): number }): () => boolean {
  let second = 0;
  let messages = 0;
  let isThere = true;
  const timer = setInterval(() => {
    if (!isThere) return socket.terminate();
    isThere = false;
    socket.ping();
  }, HEARTBEAT_MS);
  socket.on('close', () => clearInterval(timer));
  socket.on('pong', () => {
    isThere = true;
  });
  // Each is answered at once.
  socket.on('ping', count);
  return count;

  function count(): boolean {
    isThere = true;
    const now = Math.floor(clock.monotonic() / 1000);
    if (now !== second) [second, messages] = [now, 0];
    messages += 1;
    if (messages > MAX_MESSAGES_PER_SECOND) socket.close(CLOSE.tooManyRequests, 'Too many messages');
    if (socket.bufferedAmount > MAX_UNREAD_BYTES) socket.terminate();
    return socket.readyState === socket.OPEN;
  }
}
