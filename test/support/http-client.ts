import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { ErrorCode } from '../../src/domain/errors.ts';

/** A response that was read to its end. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body, parsed as a GraphQL response. */
  readonly body: GraphqlBody;
}

interface GraphqlBody {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions: { readonly code: ErrorCode };
  }[];
}

type Server = { readonly origin: string };

export async function send({ origin }: Server, path: string, init: RequestInit = {}): Promise<HttpAnswer> {
  const response = await fetch(`${origin}${path}`, { redirect: 'manual', ...init });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    get body() {
      return JSON.parse(text) as GraphqlBody;
    },
  };
}

/** POSTs a body to `/graphql` as JSON. A string is sent unchanged, any other value as JSON. */
export function post(
  server: Server,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<HttpAnswer> {
  return send(server, '/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** A connection on which a test writes its own HTTP, which may be malformed. */
export interface RawConnection {
  readonly socket: Socket;
  write(text: string): void;
  /** The bytes that the server has sent so far. */
  received(): string;
  /** Resolves when the received bytes contain `text`. Rejects if the server closes first. */
  until(text: string): Promise<void>;
  /** Resolves with all received bytes when the server closes the connection. */
  closed(): Promise<string>;
}

export async function connectTo({ origin }: Server): Promise<RawConnection> {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  let received = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    received += text;
  });
  // A reset counts as closed.
  socket.on('error', () => {});
  const end = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  await once(socket, 'connect');
  return {
    socket,
    write: (text) => void socket.write(text),
    received: () => received,
    async until(text) {
      while (!received.includes(text)) {
        if (socket.closed) throw new Error(`closed after ${JSON.stringify(received)}`);
        await Promise.race([once(socket, 'data'), end]);
      }
    },
    async closed() {
      await end;
      return received;
    },
  };
}

/** A response as it was on the wire, without decoding. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

/** Sends only these headers, and reads the raw bytes. */
export async function exchange(
  { origin }: Server,
  path: string,
  {
    method = 'GET',
    headers = {},
    body,
  }: { method?: string; headers?: OutgoingHttpHeaders; body?: string } = {},
): Promise<WireAnswer> {
  const sent = request(`${origin}${path}`, { method, headers }).end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const bytes = Buffer.concat(await response.toArray());
  return { status: response.statusCode ?? 0, headers: response.headers, bytes };
}
