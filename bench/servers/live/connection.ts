import { connect } from 'node:net';

/** How a server streams events: GraphQL over SSE, or graphql-transport-ws. */
export type Protocol = 'sse' | 'websocket';

export interface ConnectionOptions {
  readonly url: URL;
  readonly protocol: Protocol;
  /** The request, as JSON. */
  readonly body: string;
  /** Called for each event, with the number of the change that it shows. */
  readonly onEvent: (change: number) => void;
  /** The connection failed, or the server ended it. */
  readonly onEnd: (why: string) => void;
}

const MARK = 'live change ';
const DIGITS = 4;

/** The title that marks an event. It is once in each event, near its end. */
export function titleOf(change: number): string {
  return MARK + String(change).padStart(DIGITS, '0');
}

const LONGEST_PART = MARK.length + DIGITS - 1;
const NOTHING = Buffer.alloc(0);
// All connections read into the same memory, one after the other.
const READ_BUFFER = Buffer.alloc(64 * 1024);

const PING = Buffer.from([0x89, 0]);
const PONG = Buffer.from([0x8a, 0x80, 0, 0, 0, 0]);

/** A subscriber on a plain socket. It looks for the titles in the bytes, and parses neither HTTP nor JSON. */
export function openConnection({ url, protocol, body, onEvent, onEnd }: ConnectionOptions): void {
  let tail = NOTHING;
  let isAccepted = false;
  const socket = connect({
    host: url.hostname,
    port: Number(url.port),
    noDelay: true,
    onread: { buffer: READ_BUFFER, callback: read },
  });
  socket.on('connect', () => socket.write(protocol === 'sse' ? streamRequest(url, body) : handshake(url)));
  socket.on('error', ({ message }) => onEnd(message));
  socket.on('close', () => onEnd('the server closed a connection'));

  function read(length: number): boolean {
    const chunk = READ_BUFFER.subarray(0, length);
    if (!isAccepted) accept(chunk);
    if (protocol === 'websocket') reply(chunk);
    const bytes = tail.length > 0 ? Buffer.concat([tail, chunk]) : chunk;
    let end = 0;
    for (let at = bytes.indexOf(MARK); at !== -1; at = bytes.indexOf(MARK, end)) {
      const digits = at + MARK.length;
      if (digits + DIGITS > bytes.length) break;
      end = digits + DIGITS;
      onEvent(Number(bytes.toString('latin1', digits, end)));
    }
    // A title may be split between two reads.
    tail = Buffer.from(bytes.subarray(Math.max(end, bytes.length - LONGEST_PART)));
    return true;
  }

  function accept(chunk: Buffer): void {
    const head = chunk.toString('latin1', 0, 500);
    if (!head.startsWith(protocol === 'sse' ? 'HTTP/1.1 200' : 'HTTP/1.1 101')) onEnd(head);
    isAccepted = true;
    if (protocol === 'websocket') socket.write(textFrame('{"type":"connection_init"}'));
  }

  function reply(chunk: Buffer): void {
    // Not UTF-8, and the length of no event: it is the header of a ping.
    if (chunk.includes(PING)) socket.write(PONG);
    else if (chunk.length < 200 && chunk.includes('connection_ack'))
      socket.write(textFrame(`{"type":"subscribe","id":"1","payload":${body}}`));
  }
}

function streamRequest(url: URL, body: string): string {
  return [
    `POST ${url.pathname} HTTP/1.1`,
    `Host: ${url.host}`,
    'Accept: text/event-stream',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}

function handshake(url: URL): string {
  return [
    `GET ${url.pathname} HTTP/1.1`,
    `Host: ${url.host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}`,
    'Sec-WebSocket-Protocol: graphql-transport-ws',
    '\r\n',
  ].join('\r\n');
}

/** A client masks its frames (RFC 6455, 5.3). A mask of zeros leaves the bytes as they are. */
function textFrame(text: string): Buffer {
  const bytes = Buffer.from(text);
  const head = Buffer.from([0x81, 0x80 | 126, bytes.length >> 8, bytes.length & 0xff, 0, 0, 0, 0]);
  return Buffer.concat([head, bytes]);
}
