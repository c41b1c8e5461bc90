import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** The replacement for some bytes of Redis. */
type Tamper = (bytes: Buffer, connection: TamperedConnection) => readonly Buffer[];

interface TamperedConnection {
  /** Whether it has subscribed to messages. */
  readonly isSubscriber: boolean;
  destroy(): void;
}

/** A proxy in front of a Redis that changes its replies. */
export interface ReplyProxy {
  readonly port: number;
  /** Changes each chunk of replies from now on, on every connection; null lets them through. */
  tamper(how: Tamper | null): void;
  close(): Promise<void>;
}

export async function startReplyProxy(targetPort: number): Promise<ReplyProxy> {
  let how: Tamper | null = null;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const target = connect(targetPort, '127.0.0.1');
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
    let isSubscriber = false;
    client.on('data', (bytes: Buffer) => {
      isSubscriber ||= /\r\nsubscribe\r\n/i.test(bytes.toString('latin1'));
      target.write(bytes);
    });
    target.on('data', (bytes: Buffer) => {
      const parts = how ? how(bytes, { isSubscriber, destroy: () => client.destroy() }) : [bytes];
      for (const part of parts) if (part.length > 0 && !client.destroyed) client.write(part);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as { port: number }).port,
    tamper(next) {
      how = next;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
