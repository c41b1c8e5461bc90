import { describe, expect, it, onTestFinished } from 'vitest';
import { sellerRecord } from '../support/catalog-api-mock.ts';
import { openStream } from '../support/event-stream.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { connectTo, post, type RawConnection } from '../support/http-client.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';
import { openRawSocket } from './raw-socket.ts';

const mockUpstream = interceptUpstream();
const ADMIN_TOKEN = 'a-token-for-operators';
const SELLERS = 'subscription { sellers { totalItems } }';
const QUERY = { query: '{ sellers { totalItems } }' };

async function start(variables: Record<string, string> = {}) {
  mockUpstream({ sellers: [sellerRecord({ id: 1 })] });
  return startGateway({ ADMIN_TOKEN, ...variables });
}

async function expectQueries(gateway: TestGateway): Promise<void> {
  expect((await post(gateway, QUERY)).status).toBe(200);
  expect(gateway.events.filter(({ type }) => type === 'internal-error')).toEqual([]);
}

async function connect(gateway: TestGateway): Promise<RawConnection> {
  const connection = await connectTo(gateway);
  onTestFinished(() => void connection.socket.destroy());
  return connection;
}

const HANDSHAKE = {
  Host: 'gateway',
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol': 'graphql-transport-ws',
};

function headOf(line: string, headers: Record<string, string | undefined>): string {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  return [line, ...lines, '', ''].join('\r\n');
}

const WITH_QUERY = '/graphql?query=%7B__typename%7D';

describe('a handshake', () => {
  it.each<[string, string, Record<string, string | undefined>, number]>([
    ['by a page of another origin', 'GET /graphql HTTP/1.1', { Origin: 'https://other.example' }, 403],
    ['by a page of another site', 'GET /graphql HTTP/1.1', { 'Sec-Fetch-Site': 'cross-site' }, 403],
    ['by a page without an origin', 'GET /graphql HTTP/1.1', { Origin: 'null' }, 403],
    ['for another path', 'GET /admin/stats HTTP/1.1', {}, 400],
    ['for no path', 'GET * HTTP/1.1', {}, 400],
    ['for an unknown subprotocol', 'GET /graphql HTTP/1.1', { 'Sec-WebSocket-Protocol': 'graphql-ws' }, 400],
    ['for no subprotocol', 'GET /graphql HTTP/1.1', { 'Sec-WebSocket-Protocol': undefined }, 400],
    ['of another version', 'GET /graphql HTTP/1.1', { 'Sec-WebSocket-Version': '7' }, 400],
    ['without a key', 'GET /graphql HTTP/1.1', { 'Sec-WebSocket-Key': undefined }, 400],
    ['by POST', 'POST /graphql HTTP/1.1', {}, 405],
    [
      'for one subprotocol of several',
      'GET /graphql HTTP/1.1',
      { 'Sec-WebSocket-Protocol': 'a, graphql-transport-ws' },
      101,
    ],
    ['by its own page', 'GET /graphql HTTP/1.1', { Origin: 'http://gateway' }, 101],
    // Not WebSockets: the header is ignored (RFC 9110, 7.8).
    ['for h2c', `GET ${WITH_QUERY} HTTP/1.1`, { Upgrade: 'h2c', 'HTTP2-Settings': 'AAMAAABkAAQAAP__' }, 200],
    ['by HTTP/1.0', `GET ${WITH_QUERY} HTTP/1.0`, {}, 200],
  ])('%s (%s) with %o gets %i', async (_, line, headers, status) => {
    const gateway = await start();
    const connection = await connect(gateway);
    connection.write(headOf(line, { ...HANDSHAKE, ...headers }));
    await connection.until('\r\n\r\n');
    expect(connection.received()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    await expectQueries(gateway);
  });

  it('that is refused leaves no connection', async () => {
    const gateway = await start();
    const connection = await connect(gateway);
    connection.socket.allowHalfOpen = true;
    connection.write(headOf('GET /graphql HTTP/1.1', { ...HANDSHAKE, Origin: 'https://other.example' }));
    await connection.until('403');
    // Writes fail once the server has no connection, and not while it has closed its half alone.
    await expect
      .poll(() => {
        connection.write('x');
        return connection.socket.destroyed;
      })
      .toBe(true);
  });
});

describe('a WebSocket is closed after', () => {
  const SUBSCRIBE = { id: 'a', type: 'subscribe', payload: { query: SELLERS } };
  const long = { ...SUBSCRIBE, id: 'é'.repeat(10_000) };
  const times = (count: number, message: unknown) => Array.from({ length: count }, () => message);

  it.each<[string, number, readonly unknown[]]>([
    ['a message of 1 MB', 1009, [`"${'x'.repeat(1024 * 1024)}"`]],
    ['200 pings of the protocol', 4429, times(200, { type: 'ping' })],
    ['200 pongs of the protocol', 4429, times(200, { type: 'pong' })],
    ['200 operations', 4429, Array.from({ length: 200 }, (_, id) => ({ ...SUBSCRIBE, id: String(id) }))],
    ['a second connection_init', 4429, [{ type: 'connection_init' }]],
    ['a second operation with the id of another', 4409, [SUBSCRIBE, SUBSCRIBE]],
    ['a second operation with the same long id', 4409, [long, long]],
    ['text that is not JSON', 4400, ['{']],
    ['no text', 4400, ['']],
    ['null', 4400, ['null']],
    ['a list', 4400, ['[]']],
    ['an unknown type', 4400, [{ type: 'start', id: 'a' }]],
    ['a message of servers', 4400, [{ type: 'next', id: 'a', payload: {} }]],
    ['another message of servers', 4400, [{ type: 'connection_ack' }]],
    ['an operation without an id', 4400, [{ type: 'subscribe', payload: { query: SELLERS } }]],
    ['an operation with a number as its id', 4400, [{ ...SUBSCRIBE, id: 1 }]],
    ['an operation without a payload', 4400, [{ type: 'subscribe', id: 'a' }]],
    ['an operation without a document', 4400, [{ ...SUBSCRIBE, payload: {} }]],
    ['a ping with text', 4400, [{ type: 'ping', payload: 'x' }]],
  ])('%s (%i), and queries go on', async (_, code, messages) => {
    const gateway = await start();
    const socket = await openRawSocket(gateway, { isAcknowledged: true });
    for (const message of messages) socket.send(message);
    await expect.poll(() => socket.closed()?.code).toBe(code);
    await expectQueries(gateway);
    const count = (wanted: string) => gateway.events.filter(({ type }) => type === wanted).length;
    await expect.poll(() => count('live-closed')).toBe(count('live-opened'));
  });

  it('200 pings of RFC 6455, and queries go on', async () => {
    const gateway = await start();
    const socket = await openRawSocket(gateway, { isAcknowledged: true });
    for (let ping = 0; ping < 200; ping += 1) socket.webSocket.ping();
    await expect.poll(() => socket.closed()).not.toBe(null);
    await expectQueries(gateway);
  });

  it('an operation before connection_init (4401)', async () => {
    const gateway = await start();
    const socket = await openRawSocket(gateway);
    socket.send(SUBSCRIBE);
    await expect.poll(() => socket.closed()?.code).toBe(4401);
    await expectQueries(gateway);
  });

  it('three seconds without connection_init (4408), and its place is free again', async () => {
    const gateway = await start({ LIVE_MAX: '5' });
    const sockets = await Promise.all(Array.from({ length: 5 }, () => openRawSocket(gateway)));
    const connection = await connect(gateway);
    connection.write(headOf('GET /graphql HTTP/1.1', HANDSHAKE));
    await connection.until('OVERLOADED');
    expect(connection.received()).toMatch(/^HTTP\/1\.1 503 [\s\S]*Retry-After: 5/);
    await expectQueries(gateway);
    for (const socket of sockets)
      await expect.poll(() => socket.closed()?.code, { timeout: 20_000 }).toBe(4408);
    await openRawSocket(gateway, { isAcknowledged: true });
  });
});

describe('an operation that is ended before its first response', () => {
  it.each(['the client completes it', 'the client goes away'])('takes no place: %s', async (how) => {
    const upstream = mockUpstream({ sellers: [sellerRecord({ id: 1 })] });
    const gateway = await startGateway({ LIVE_MAX: '1' });
    const held = Promise.withResolvers<undefined>();
    upstream.fail('GET /Seller', () => held.promise);
    const socket = await openRawSocket(gateway, { isAcknowledged: true });
    socket.send({ id: 'a', type: 'subscribe', payload: { query: SELLERS } });
    await expect.poll(() => upstream.calls()).toBeGreaterThan(0);
    if (how === 'the client completes it') socket.send({ id: 'a', type: 'complete' });
    else socket.webSocket.terminate();
    held.resolve(undefined);
    await expect.poll(async () => (await openStream(gateway, SELLERS)).status).toBe(200);
  });
});

describe('an event stream', () => {
  it('has headers alone for HEAD, and takes no place', async () => {
    const gateway = await start({ LIVE_MAX: '1' });
    const query = encodeURIComponent(SELLERS);
    for (const _ of ['first', 'second']) {
      const response = await fetch(`${gateway.origin}/graphql?query=${query}`, {
        method: 'HEAD',
        headers: { accept: 'text/event-stream' },
      });
      expect([response.status, response.headers.get('content-type')]).toEqual([
        200,
        'text/event-stream; charset=utf-8',
      ]);
    }
    expect((await openStream(gateway, SELLERS)).status).toBe(200);
  });

  it('is not chunked for HTTP/1.0', async () => {
    const gateway = await start();
    const connection = await connect(gateway);
    const target = `/graphql?query=${encodeURIComponent(SELLERS)}`;
    connection.write(headOf(`GET ${target} HTTP/1.0`, { Accept: 'text/event-stream' }));
    await connection.until('{"data":{"sellers":{"totalItems":1}}}\n\n');
    expect(connection.received()).toMatch(
      /^HTTP\/1\.1 200 OK[\s\S]*\r\n\r\nretry: \d+\n\nevent: next\ndata: /,
    );
    expect(connection.received()).not.toMatch(/transfer-encoding/i);
    await expectQueries(gateway);
  });
});
