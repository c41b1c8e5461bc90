import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

export interface HttpServer {
  /** Resolves with the port once it accepts connections. Rejects with the error of the system if it cannot listen. */
  listen(host: string, port: number): Promise<number>;
  /** Whether new connections are accepted: from `listen` until `close`. */
  readonly open: boolean;
  /**
   * Accepts no new connections, answers requests on the old ones with `Connection: close`, and closes the others once
   * no request has come for a moment. After `graceMs` it cuts the remaining connections.
   */
  close(graceMs: number): Promise<void>;
}

export interface HttpServerOptions {
  /** How long a connection may wait for its next request, in milliseconds. */
  readonly keepAliveMs?: number;
  /** How long a closing server keeps its idle connections after the latest response, in milliseconds. */
  readonly quietMs?: number;
  /** Takes over connections that become WebSockets. Default: they are served as plain requests. */
  readonly upgrade?: UpgradeHandler | undefined;
}

type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

// Node counts the time until the first request of a new connection as part of that request, so the limit is as long as
// for any idle connection. Bodies have a separate limit.
const REQUEST_TIMEOUT_MARGIN_MS = 5_000;
const TIMEOUTS_CHECKED_EVERY_MS = 1_000;

// With this many connections within a second, the next may arrive at any moment.
const BUSY_CONNECTIONS = 5;
const BUSY_MS = 1_000;
// Clients that pipeline send a few requests. Each takes some kilobytes until it is answered.
const MAX_PIPELINED = 256;

// A closing server counts checks, not milliseconds. After a time without the CPU, timers fire before the process reads what
// has arrived meanwhile.
const ACCEPT_CHECK_MS = 2;
const QUIET_ACCEPT_CHECKS = 10;
const MAX_ACCEPT_CHECKS = 100;
const IDLE_CHECKS = 5;
// A connection that has carried no request is the most likely to get one.
const UNUSED_CHECKS = 20;

/**
 * A node:http server that closes without losing a request (docs/decisions/028-closing-without-loss.md), and ends a
 * connection with more than 256 unanswered requests (docs/decisions/037-pipelined-requests.md).
 */
export function createHttpServer(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  { keepAliveMs = 75_000, quietMs = 250, upgrade }: HttpServerOptions = {},
): HttpServer {
  // Connections, with the unfinished responses of each.
  const sockets = new Map<Socket, ServerResponse[]>();
  let unfinished = 0;
  const takenOver = new Set<Duplex>();
  // Requests that wait until the server has stopped listening.
  let held: (() => void)[] | undefined;
  let open = false;
  // The latest times at which a connection was accepted.
  let accepted: readonly number[] = [];
  let nextCheck: NodeJS.Timeout | undefined;

  const requestTimeout = keepAliveMs + REQUEST_TIMEOUT_MARGIN_MS;
  const server = createServer(
    {
      keepAliveTimeout: keepAliveMs,
      headersTimeout: requestTimeout,
      requestTimeout,
      connectionsCheckingInterval: TIMEOUTS_CHECKED_EVERY_MS,
      // Other protocols, such as h2c, are ignored, and the header of HTTP/1.0 (RFC 9110, 7.8).
      shouldUpgradeCallback: ({ headers, httpVersion }) =>
        upgrade !== undefined && httpVersion !== '1.0' && headers.upgrade?.toLowerCase() === 'websocket',
    },
    (request, response) => {
      const { socket } = request;
      const pipelined = sockets.get(socket);
      if (!pipelined || pipelined.length === MAX_PIPELINED) {
        socket.destroy();
        return;
      }
      pipelined.push(response);
      unfinished += 1;
      if (!open) response.shouldKeepAlive = false;
      response.on('close', forget);
      if (held) held.push(() => response.destroyed || handle(request, response));
      else handle(request, response);
    },
  );

  server.on('connection', (socket) => {
    sockets.set(socket, []);
    socket.on('close', () => sockets.delete(socket));
    accepted = [...accepted, performance.now()].slice(-BUSY_CONNECTIONS);
  });

  server.on('upgrade', (request, socket, head) => {
    // From here on it is no connection of this server, which closes its own when they are idle.
    sockets.delete(socket as Socket);
    takenOver.add(socket);
    socket.on('close', () => takenOver.delete(socket));
    upgrade?.(request, socket, head);
  });

  function forget(this: ServerResponse): void {
    unfinished -= 1;
    const pipelined = sockets.get(this.req.socket);
    pipelined?.splice(pipelined.indexOf(this), 1);
    if (!open && !held) closeWhenQuiet();
  }

  // A request may be on its way on any idle connection. The balancer's busy connections are closed by their next
  // response. A connection that is still idle after the quiet time is rarely used.
  function closeWhenQuiet(checks = 0): void {
    clearTimeout(nextCheck);
    if (unfinished > 0) return;
    for (const socket of sockets.keys()) {
      if (checks >= (socket.bytesRead > 0 ? IDLE_CHECKS : UNUSED_CHECKS)) socket.destroy();
    }
    if (checks < UNUSED_CHECKS) nextCheck = setTimeout(closeWhenQuiet, quietMs / IDLE_CHECKS, checks + 1);
  }

  function stopListening(): void {
    // Not the method of the HTTP server: it closes idle connections at once.
    NetServer.prototype.close.call(server);
  }

  function isBusy(): boolean {
    const [first = 0, ...others] = accepted;
    return others.length === BUSY_CONNECTIONS - 1 && performance.now() - first < BUSY_MS;
  }

  /**
   * When listening ends, the system resets connections that are established but not yet accepted. So under load it ends
   * after a time without new connections. No request is handled meanwhile: a client that waits for a response opens no
   * new connection. The process sleeps between its checks: a process that has just woken up is the least likely to lose
   * the CPU between the last check and the end.
   */
  async function untilAccepted(): Promise<void> {
    let quietChecks = 0;
    for (let checks = 0; checks < MAX_ACCEPT_CHECKS && quietChecks < QUIET_ACCEPT_CHECKS; checks += 1) {
      const known = accepted;
      await sleep(ACCEPT_CHECK_MS);
      // The current turn of the event loop may have begun before the sleep ended.
      await nextTurn();
      await nextTurn();
      quietChecks = accepted === known ? quietChecks + 1 : 0;
    }
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
      for (const response of [...sockets.values()].flat()) response.shouldKeepAlive = false;
      const closed = once(server, 'close');
      const waiting: (() => void)[] = [];
      if (isBusy()) {
        held = waiting;
        await untilAccepted();
      }
      stopListening();
      held = undefined;
      for (const handleHeld of waiting) handleHeld();
      closeWhenQuiet();
      const cut = setTimeout(() => {
        server.closeAllConnections();
        for (const socket of takenOver) socket.destroy();
      }, graceMs);
      await closed;
      clearTimeout(cut);
      clearTimeout(nextCheck);
      // Ends its own timers too.
      server.close();
    },
  };
}
