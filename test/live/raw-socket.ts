import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';

/** A WebSocket without a GraphQL client, which may send anything. It is cut when the test has finished. */
export interface RawSocket {
  readonly webSocket: WebSocket;
  /** Sends a value as JSON, or a text as it is. */
  send(message: unknown): void;
  readonly messages: readonly { readonly type: string; readonly id?: string; readonly payload?: unknown }[];
  /** The types of all messages so far. */
  types(): readonly string[];
  /** How the server closed it; null while it is open. */
  closed(): { readonly code: number; readonly reason: string } | null;
}

export async function openRawSocket(
  { origin }: { readonly origin: string },
  {
    isAcknowledged = false,
    headers = {},
  }: { isAcknowledged?: boolean; headers?: Record<string, string> } = {},
): Promise<RawSocket> {
  const webSocket = new WebSocket(`${origin.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
    headers,
  });
  onTestFinished(() => webSocket.terminate());
  const messages: RawSocket['messages'][number][] = [];
  let closed: { code: number; reason: string } | null = null;
  webSocket.on('message', (data) => void messages.push(JSON.parse(String(data))));
  webSocket.on('close', (code, reason) => {
    closed = { code, reason: String(reason) };
  });
  await once(webSocket, 'open');
  // A reset counts as closed.
  webSocket.on('error', () => {});
  const socket: RawSocket = {
    webSocket,
    send: (message) => webSocket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    messages,
    types: () => messages.map(({ type }) => type),
    closed: () => closed,
  };
  if (isAcknowledged) {
    socket.send({ type: 'connection_init' });
    await once(webSocket, 'message');
  }
  return socket;
}
