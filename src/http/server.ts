import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sendError } from './responses.ts';

export interface HttpServer {
  /** Resolves with the port once it accepts connections. Rejects with the system's error where it cannot listen. */
  listen(host: string, port: number): Promise<number>;
  /** Whether new requests are served: from `listen` until `close`. */
  readonly open: boolean;
  /** Refuses new requests, lets open ones finish for up to `graceMs`, then cuts what is left. */
  close(graceMs: number): Promise<void>;
}

// How long a client may take to send a whole request. It bounds what half a request can hold.
const REQUEST_TIMEOUT_MS = 30_000;

/** A node:http server that can be closed without losing the requests it has taken. */
export function createHttpServer(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): HttpServer {
  const unfinished = new Set<ServerResponse>();
  let open = false;

  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    if (!open) {
      return sendError(response, 503, 'INTERNAL_SERVER_ERROR', 'The gateway is stopping.', {
        Connection: 'close',
        'Retry-After': '1',
      });
    }
    unfinished.add(response);
    response.on('close', forget);
    handle(request, response);
  });

  function forget(this: ServerResponse): void {
    unfinished.delete(this);
    closeWhenFinished();
  }

  // Once closing, what has no request of ours is cut: browsers open connections ahead of need, and node counts those
  // as busy for a minute.
  function closeWhenFinished(): void {
    if (!open && unfinished.size === 0) server.closeAllConnections();
  }

  return {
    get open() {
      return open;
    },
    async listen(host, port) {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, resolve);
      });
      open = true;
      return (server.address() as AddressInfo).port;
    },
    async close(graceMs) {
      open = false;
      const closed = new Promise((resolve) => server.close(resolve));
      for (const response of unfinished) if (!response.headersSent) response.setHeader('Connection', 'close');
      closeWhenFinished();
      const cut = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearTimeout(cut);
    },
  };
}
