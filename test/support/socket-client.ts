import { type Client, createClient } from 'graphql-ws';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';

/** What one subscription over a WebSocket has got. */
export interface SocketStream {
  readonly results: readonly unknown[];
  /** Why it ended: `complete`, the errors of the operation, or the close code of the socket; null while it is open. */
  ended(): unknown;
  close(): void;
}

export interface SocketOptions {
  readonly connectionParams?: Record<string, unknown>;
  /** Headers of the handshake. */
  readonly headers?: Record<string, string>;
  readonly retryAttempts?: number;
}

/** The client of graphql-ws, as a front end has it. It is closed when the test has finished. */
export function openSocket(
  { origin }: { readonly origin: string },
  { connectionParams, headers = {}, retryAttempts = 0 }: SocketOptions = {},
) {
  class Socket extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols, { headers });
    }
  }
  const client: Client = createClient({
    url: `${origin.replace('http', 'ws')}/graphql`,
    webSocketImpl: Socket,
    retryAttempts,
    ...(connectionParams && { connectionParams }),
  });
  onTestFinished(() => void client.dispose());
  return {
    client,
    subscribe(query: string, variables: Record<string, unknown> = {}): SocketStream {
      const results: unknown[] = [];
      let ended: unknown = null;
      const close = client.subscribe(
        { query, variables },
        {
          next: (result) => void results.push(result),
          error(error) {
            ended = Array.isArray(error) ? error : ((error as { code?: number }).code ?? error);
          },
          complete() {
            ended ??= 'complete';
          },
        },
      );
      return { results, ended: () => ended, close };
    },
  };
}
