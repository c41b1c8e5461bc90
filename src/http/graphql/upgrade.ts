import type { IncomingMessage } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Identity } from '../auth/identity.ts';
import { NOBODY } from '../auth/identity.ts';
import { checkSite } from '../auth/same-site.ts';
import type { HttpEvent } from '../events.ts';
import type { Places } from '../live/places.ts';
import { closeForRestart } from '../live/socket-outlet.ts';
import type { Spread } from '../live/spread.ts';
import { PATHS } from '../paths.ts';
import { RequestRefused } from '../refusal.ts';
import { createRequestIds, readTarget } from '../request-head.ts';
import { INTERNAL_MESSAGE } from '../responses.ts';
import type { WebSockets } from './web-sockets.ts';

export interface Upgrade {
  /** Takes over the connection of a request to upgrade to a WebSocket. */
  handle(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Closes all WebSockets in a way that makes clients come back, each at a moment of its own. */
  stop(): Promise<void>;
}

export interface UpgradeOptions {
  /** WebSockets count for as many streams as they have, and at least one connection. */
  readonly connections: Places;
  readonly clientOf: (request: IncomingMessage, identity: Identity) => string;
  /** Origins whose pages may connect. */
  readonly allowedOrigins: ReadonlySet<string>;
  /** Imports and creates the WebSockets. */
  readonly load: () => Promise<WebSockets>;
  readonly spread: Spread;
  readonly report: (event: HttpEvent) => void;
}

const PROTOCOL = 'graphql-transport-ws';

/** The handshake of WebSockets (RFC 6455, 4.2). A browser asks nobody before it connects to another origin. */
export function createUpgrade(options: UpgradeOptions): Upgrade {
  const { connections, clientOf, allowedOrigins, load, spread, report } = options;
  const requestIdOf = createRequestIds();
  let loading: Promise<WebSockets> | undefined;
  let webSockets: WebSockets | undefined;

  return {
    handle(request, socket, head) {
      // Node leaves a connection that was taken over without a listener.
      socket.on('error', () => socket.destroy());
      try {
        check(request);
        if (!connections.isClosed) socket.on('close', connections.take(clientOf(request, NOBODY)));
      } catch (error) {
        if (!(error instanceof RequestRefused)) throw error;
        refuse(socket, error);
        return;
      }
      void open(request, socket, head);
    },
    stop: () => spread(webSockets?.open ?? [], closeForRestart),
  };

  async function open(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    try {
      webSockets ??= await loadOnce();
    } catch (cause) {
      report({ type: 'internal-error', cause });
      refuse(socket, INTERNAL);
      return;
    }
    const { accept, serve } = webSockets;
    accept(request, socket, head, (webSocket) => {
      // Clients come back after such a close code, and give up after a failed handshake.
      if (connections.isClosed) closeNew(webSocket);
      else serve(webSocket, { request, requestId: requestIdOf(request) });
    });
  }

  /** Concurrent handshakes share a load. If it fails, the next handshake tries again. */
  function loadOnce(): Promise<WebSockets> {
    loading ??= load().finally(() => {
      loading = undefined;
    });
    return loading;
  }

  function check(request: IncomingMessage): void {
    const { headers } = request;
    if (readTarget(request)?.path !== PATHS.graphql)
      throw new RequestRefused(400, `WebSockets are accepted at ${PATHS.graphql} only.`);
    checkSite(headers, allowedOrigins);
    const protocols = (headers['sec-websocket-protocol'] ?? '').split(',').map((each) => each.trim());
    if (!protocols.includes(PROTOCOL))
      throw new RequestRefused(400, `A WebSocket needs the subprotocol ${PROTOCOL}.`);
  }
}

type Refusal = Pick<RequestRefused, 'code' | 'message' | 'headers'> & { readonly status: number };

const INTERNAL: Refusal = {
  status: 500,
  code: 'INTERNAL_SERVER_ERROR',
  message: INTERNAL_MESSAGE,
  headers: {},
};

function closeNew(webSocket: WebSocket): void {
  webSocket.on('error', () => webSocket.terminate());
  closeForRestart(webSocket);
}

function refuse(socket: Duplex, { status, code, message, headers }: Refusal): void {
  const body = JSON.stringify({ errors: [{ message, extensions: { code } }] });
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    'Content-Type: application/json; charset=utf-8',
    'Cache-Control: no-store',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  // The other side may stay open for ever.
  socket.once('finish', () => socket.destroy());
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}
