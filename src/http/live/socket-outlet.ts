import type { WebSocket } from 'ws';
import type { EndReason } from '../events.ts';
import type { Outlet } from './subscriber.ts';

/** Codes of close frames (RFC 6455, 7.4.1; graphql-transport-ws). */
export const CLOSE = {
  serviceRestart: 1012,
  tryAgainLater: 1013,
  badRequest: 4400,
  forbidden: 4403,
  tooManyRequests: 4429,
  internalError: 4500,
} as const;

/** Clients come back after it. */
export function closeForRestart(socket: WebSocket): void {
  socket.close(CLOSE.serviceRestart, 'Service restart');
}

/** The stream of one subscription, of the several that a WebSocket may have. The frames differ in its id alone. */
export function openSocketOutlet(socket: WebSocket, id: string): Outlet {
  return new SocketOutlet(socket, id);
}

const TAIL = Buffer.from('}');

// A class for the same reason as that of subscribers.
class SocketOutlet implements Outlet {
  readonly #socket: WebSocket;
  readonly #id: string;

  constructor(socket: WebSocket, id: string) {
    this.#socket = socket;
    this.#id = id;
  }

  get transport(): 'websocket' {
    return 'websocket';
  }

  write(bytes: Buffer, sent: () => void): void {
    // Made each time: a small buffer that is kept keeps the 64 KiB that it is a part of.
    const head = Buffer.from(`{"id":${JSON.stringify(this.#id)},"type":"next","payload":`);
    this.#socket.send(Buffer.concat([head, bytes, TAIL]), { binary: false }, sent);
  }

  heartbeat(): void {
    // The socket itself is asked whether its client is there.
  }

  end(reason: EndReason): void {
    // Clients come back after the one code, and stay away after the other.
    if (reason === 'back') closeForRestart(this.#socket);
    else if (reason === 'session') this.#socket.close(CLOSE.forbidden, 'Forbidden');
  }

  cut(): void {
    this.#socket.terminate();
  }
}

/**
 * An operation whose results are sent past the protocol's library, as bytes. It yields nothing, and lasts until `end` is
 * called or the client completes it.
 */
export function openEndedOperation(onEnd: () => void): AsyncGenerator<never, void> {
  const { promise, resolve } = Promise.withResolvers<IteratorReturnResult<void>>();
  const end = async () => {
    onEnd();
    resolve({ done: true, value: undefined });
    return promise;
  };
  return {
    next: () => promise,
    return: end,
    throw: end,
    [Symbol.asyncIterator]() {
      return this;
    },
    [Symbol.asyncDispose]: async () => void (await end()),
  };
}
