import type { ServerResponse } from 'node:http';
import type { EndReason } from '../events.ts';
import type { Outlet } from './subscriber.ts';

// Clients that lose the stream wait for this long and up to as long again, so that they do not come together.
const RETRY_MS = 1000;

const HEARTBEAT = Buffer.from(':\n\n');
const COMPLETE = Buffer.from('event: complete\ndata:\n\n');
const SESSION_OVER = frameOf(
  Buffer.from(
    JSON.stringify({
      errors: [{ message: 'The session has ended. Sign in again.', extensions: { code: 'UNAUTHENTICATED' } }],
    }),
  ),
);

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store',
  'X-Accel-Buffering': 'no',
  'X-Content-Type-Options': 'nosniff',
};

// All subscribers of a question get the same bytes.
const frames = new WeakMap<Buffer, Buffer>();

/**
 * Answers with an event stream: GraphQL over SSE in distinct connections mode
 * (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md). A stream that ends without `complete` makes the
 * client come back.
 */
export function openEventStream(
  response: ServerResponse,
  headers: Readonly<Record<string, string>>,
  random: () => number,
): Outlet {
  response.writeHead(200, { ...HEADERS, ...headers });
  response.socket?.setNoDelay(true);
  // Sent alone, their text is kept in one piece. The first event would keep it in forty.
  response.flushHeaders();
  response.write(`retry: ${Math.round(RETRY_MS * (1 + random()))}\n\n`);
  return new EventStreamOutlet(response);
}

// A class for the same reason as that of subscribers.
class EventStreamOutlet implements Outlet {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  get transport(): 'sse' {
    return 'sse';
  }

  write(bytes: Buffer, sent: () => void): void {
    this.#response.write(sharedFrameOf(bytes), sent);
  }

  heartbeat(): void {
    this.#response.write(HEARTBEAT);
  }

  end(reason: EndReason): void {
    if (reason === 'session') this.#response.write(SESSION_OVER);
    this.#response.end(reason === 'back' ? undefined : COMPLETE);
  }

  cut(): void {
    this.#response.destroy();
  }
}

function sharedFrameOf(bytes: Buffer): Buffer {
  const known = frames.get(bytes);
  if (known) return known;
  const frame = frameOf(bytes);
  frames.set(bytes, frame);
  return frame;
}

/** JSON has no line breaks. */
function frameOf(json: Buffer): Buffer {
  return Buffer.concat([Buffer.from('event: next\ndata: '), json, Buffer.from('\n\n')]);
}
