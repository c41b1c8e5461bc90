import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { BODY_LIMIT_BYTES } from './handler.ts';
import { createSockets, type SocketsOptions } from './sockets.ts';

/** The WebSockets of this process. */
export interface WebSockets {
  readonly open: Iterable<WebSocket>;
  /** Answers a handshake that was checked. */
  accept(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    onOpen: (webSocket: WebSocket) => void,
  ): void;
  readonly serve: ReturnType<typeof createSockets>;
}

/** Imported with the first handshake: most processes have only clients of plain HTTP. */
export function createWebSockets(options: SocketsOptions): WebSockets {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: BODY_LIMIT_BYTES,
    perMessageDeflate: false,
    handleProtocols: () => GRAPHQL_TRANSPORT_WS_PROTOCOL,
  });
  return {
    open: server.clients,
    accept: (request, socket, head, onOpen) => server.handleUpgrade(request, socket, head, onOpen),
    serve: createSockets(options),
  };
}
