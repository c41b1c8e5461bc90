import type { WebSocket } from 'ws';
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

/** The stream of one subscription, of the several that a WebSocket may have. The frames differ in its id alone. */
export function openSocketOutlet(socket: WebSocket, id: string): Outlet {
  const head = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`);
  const tail = Buffer.from('}');
  return {
    transport: 'websocket',
    write(bytes, sent) {
      socket.send(Buffer.concat([head, bytes, tail]), { binary: false }, sent);
    },
    // The socket itself is asked whether its client is there.
    heartbeat() {},
    end(reason) {
      // Clients come back after the one code, and stay away after the other.
      if (reason === 'back') socket.close(CLOSE.serviceRestart, 'Service restart');
      else if (reason === 'session') socket.close(CLOSE.forbidden, 'Forbidden');
    },
    cut: () => socket.terminate(),
  };
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
