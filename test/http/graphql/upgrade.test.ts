import { request } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { HttpEvent } from '../../../src/http/events.ts';
import { createUpgrade } from '../../../src/http/graphql/upgrade.ts';
import type { WebSockets } from '../../../src/http/graphql/web-sockets.ts';
import { createPlaces } from '../../../src/http/live/places.ts';
import { createHttpServer } from '../../../src/http/server.ts';

const SWITCHED = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n';

/** Stands for the code of WebSockets: takes over each connection. */
const webSockets = {
  open: [],
  accept: (_request, socket) => void socket.write(SWITCHED),
  serve() {},
} satisfies WebSockets;

async function start(load: () => Promise<WebSockets>) {
  const events: HttpEvent[] = [];
  const places = createPlaces({ max: 10, maxPerClient: 10, onRefused() {} });
  const upgrade = createUpgrade({
    connections: places,
    clientOf: () => 'client',
    allowedOrigins: new Set(),
    load,
    spread: async () => {},
    report: (event) => void events.push(event),
  });
  const server = createHttpServer((_, response) => void response.end(), { upgrade: upgrade.handle });
  const port = await server.listen('127.0.0.1', 0);
  onTestFinished(() => server.close(0));
  return { port, events, places };
}

/** The status and body of the response to a handshake. */
function handshake(port: number): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({
      ...{ port, path: '/graphql', agent: false },
      headers: {
        ...{ Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' },
        ...{
          'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
          'Sec-WebSocket-Protocol': 'graphql-transport-ws',
        },
      },
    });
    sent.on('error', reject);
    sent.on('upgrade', (_, socket) => {
      socket.destroy();
      resolve({ status: 101, text: '' });
    });
    sent.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (more) => {
        text += more;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.end();
  });
}

describe('the code of WebSockets', () => {
  it('is loaded once by concurrent first handshakes, and not again', async () => {
    let loads = 0;
    const loading = Promise.withResolvers<WebSockets>();
    const { port } = await start(() => {
      loads += 1;
      return loading.promise;
    });
    const first = [handshake(port), handshake(port)];
    await expect.poll(() => loads).toBe(1);
    loading.resolve(webSockets);
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([101, 101]);
    expect((await handshake(port)).status).toBe(101);
    expect(loads).toBe(1);
  });

  it('refuses handshakes with an internal error if it cannot be loaded, and is loaded by a later one', async () => {
    const cause = new Error('EMFILE: too many open files, open /app/node_modules/ws/wrapper.mjs');
    const outcomes = [() => Promise.reject(cause), async () => webSockets];
    const { port, events, places } = await start(() => (outcomes.shift() as () => Promise<WebSockets>)());

    const { status, text } = await handshake(port);
    expect(status).toBe(500);
    expect(JSON.parse(text)).toEqual({
      errors: [{ message: 'Internal server error.', extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
    });
    expect(events).toEqual([{ type: 'internal-error', cause }]);
    // The connection that was refused gives its place back.
    await expect.poll(() => places.taken).toBe(0);
    expect((await handshake(port)).status).toBe(101);
  });
});
