import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A proxy between a client and a server of this machine that simulates network faults. */
export interface TcpProxy {
  readonly port: number;
  /** Number of accepted connections so far. */
  readonly connections: number;
  /** Forwards everything again, including held-back bytes. */
  pass(): void;
  /** Accepts connections and forwards nothing in either direction, like a network that drops all packets. */
  blackHole(): void;
  /** Delays the bytes of the server by that time. */
  delay(ms: number): void;
  /** Breaks all connections, and each new one immediately. */
  cut(): void;
  close(): Promise<void>;
}

type Mode =
  | { readonly kind: 'pass' | 'black-hole' | 'cut' }
  | { readonly kind: 'delay'; readonly ms: number };

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  let mode: Mode = { kind: 'pass' };
  const sockets = new Set<Socket>();
  const held: (() => void)[] = [];
  let connections = 0;

  const server = createServer((client) => {
    connections += 1;
    if (mode.kind === 'cut') {
      client.destroy();
      return;
    }
    const target = connect(targetPort, '127.0.0.1');
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes) => forward(from === target, () => to.write(bytes)));
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    port: (server.address() as { port: number }).port,
    get connections() {
      return connections;
    },
    pass() {
      mode = { kind: 'pass' };
      for (const write of held.splice(0)) write();
    },
    blackHole() {
      mode = { kind: 'black-hole' };
    },
    delay(ms) {
      mode = { kind: 'delay', ms };
    },
    cut() {
      mode = { kind: 'cut' };
      destroyAll();
    },
    async close() {
      destroyAll();
      server.close();
      await once(server, 'close');
    },
  };

  function forward(isAnswer: boolean, write: () => void): void {
    if (mode.kind === 'black-hole') held.push(write);
    else if (mode.kind === 'delay' && isAnswer) setTimeout(write, mode.ms);
    else write();
  }

  function destroyAll(): void {
    held.length = 0;
    for (const socket of sockets) socket.destroy();
  }
}
