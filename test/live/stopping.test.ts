import { Agent, request } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { sellerRecord } from '../support/catalog-api-mock.ts';
import { openStream } from '../support/event-stream.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { connectTo } from '../support/http-client.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';
import { openRawSocket } from './raw-socket.ts';

const mockUpstream = interceptUpstream();
const SELLERS = 'subscription { sellers { totalItems } }';
const QUERY = '{ sellers { totalItems } }';

/** Its streams end half a second after it begins to stop. */
function start(variables: Record<string, string> = {}) {
  mockUpstream({ sellers: [sellerRecord({ id: 1 })] });
  return startGateway(variables);
}

/** A client with one connection that it keeps. */
function keepConnection({ origin }: TestGateway) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  return (accept: string, query: string) =>
    new Promise<{ status: number; retryAfter: unknown; text: string }>((resolve, reject) => {
      const headers = { 'content-type': 'application/json', accept };
      request(`${origin}/graphql`, { agent, method: 'POST', headers }, async (response) => {
        const text = (await response.setEncoding('utf8').toArray()).join('');
        resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'], text });
      })
        .on('error', reject)
        .end(JSON.stringify({ query }));
    });
}

describe('a process that stops', () => {
  it('ends event streams without `complete`', async () => {
    const gateway = await start();
    const stream = await openStream(gateway, SELLERS);
    await expect.poll(() => stream.results.length).toBe(1);
    await gateway.close();
    await expect.poll(() => stream.ended()).toBe('end');
  });

  it('closes WebSockets with 1012, those without a subscription too', async () => {
    const gateway = await start();
    const sockets = await Promise.all([
      openRawSocket(gateway),
      openRawSocket(gateway, { isAcknowledged: true }),
      openRawSocket(gateway, { isAcknowledged: true }),
    ]);
    sockets[2].send({ id: 'a', type: 'subscribe', payload: { query: SELLERS } });
    await expect.poll(() => sockets[2].types()).toContain('next');
    await gateway.close();
    for (const socket of sockets) await expect.poll(() => socket.closed()?.code).toBe(1012);
    expect(sockets[2].types()).toEqual(['connection_ack', 'next']);
  });

  it('waits no longer than its grace period for a client that does not close its WebSocket', async () => {
    const gateway = await start({ SHUTDOWN_GRACE_MS: '600' });
    const socket = await openRawSocket(gateway, { isAcknowledged: true });
    socket.webSocket.pause();
    await gateway.close();
    socket.webSocket.resume();
    await expect.poll(() => socket.webSocket.readyState).toBe(WebSocket.CLOSED);
  });

  it('closes new WebSockets on open connections with 1012', async () => {
    const gateway = await start();
    // It keeps the process for half a second.
    await openStream(gateway, SELLERS);
    const connection = await connectTo(gateway);
    onTestFinished(() => void connection.socket.destroy());
    connection.write('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n');
    await connection.until('alive');
    const closed = gateway.close();
    connection.write(
      [
        'GET /graphql HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n',
      ].join('\r\n'),
    );
    await connection.until('Service restart');
    await closed;
  });

  it('refuses new streams on open connections, and answers queries', async () => {
    const gateway = await start();
    const ask = keepConnection(gateway);
    const stream = await openStream(gateway, SELLERS);
    const socket = await openRawSocket(gateway, { isAcknowledged: true });
    expect((await ask('application/json', QUERY)).status).toBe(200);
    const closed = gateway.close();
    const refused = await ask('text/event-stream', SELLERS);
    expect(refused).toMatchObject({ status: 503, retryAfter: '5' });
    expect(JSON.parse(refused.text)).toMatchObject({ errors: [{ extensions: { code: 'OVERLOADED' } }] });
    socket.send({ id: 'a', type: 'subscribe', payload: { query: SELLERS } });
    await expect.poll(() => socket.closed()?.code).toBe(1012);
    await closed;
    await expect.poll(() => stream.ended()).toBe('end');
    expect(socket.types()).toEqual(['connection_ack']);
  });
});
