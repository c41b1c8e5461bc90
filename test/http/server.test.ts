import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createHttpServer, type HttpServerOptions } from '../../src/http/server.ts';
import { connectTo, type RawConnection } from '../support/http-client.ts';

const LONG_MS = 600_000;
const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

/** A server that leaves its requests to the test, in the order in which they come. */
async function start(options: HttpServerOptions = { quietMs: 1 }) {
  const arrived: ServerResponse[] = [];
  const waiting: ((response: ServerResponse) => void)[] = [];
  const server = createHttpServer((_request: IncomingMessage, response: ServerResponse) => {
    const next = waiting.shift();
    if (next) next(response);
    else arrived.push(response);
  }, options);
  const port = await server.listen('127.0.0.1', 0);
  onTestFinished(() => server.close(0));
  const origin = `http://127.0.0.1:${port}`;
  return {
    server,
    port,
    async connect(): Promise<RawConnection> {
      const connection = await connectTo({ origin });
      onTestFinished(() => void connection.socket.destroy());
      return connection;
    },
    nextRequest: (): Promise<ServerResponse> => {
      const response = arrived.shift();
      return response ? Promise.resolve(response) : new Promise((resolve) => waiting.push(resolve));
    },
  };
}

describe('a server that listens', () => {
  it('is open, on the port that it tells', async () => {
    const { server, port } = await start();
    expect(server.open).toBe(true);
    expect(port).toBeGreaterThan(0);
  });

  it('tells where it cannot listen', async () => {
    const { port } = await start();
    const second = createHttpServer(() => {});
    await expect(second.listen('127.0.0.1', port)).rejects.toMatchObject({ code: 'EADDRINUSE', port });
    expect(second.open).toBe(false);
  });
});

describe('requests that wait for their turn on one connection', () => {
  it('are answered in order while they are at most 256, however often', async () => {
    const { connect, nextRequest } = await start();
    const connection = await connect();
    for (let round = 0; round < 2; round += 1) {
      connection.write(GET.repeat(256));
      const responses: ServerResponse[] = [];
      for (let index = 0; index < 256; index += 1) responses.push(await nextRequest());
      for (const [index, response] of responses.entries()) response.end(`answer ${round}.${index};`);
      await connection.until(`answer ${round}.255;`);
    }
    const answers = Array.from(connection.received().matchAll(/answer (\d+\.\d+);/g), ([, answer]) => answer);
    expect(answers).toEqual(
      Array.from({ length: 512 }, (_, index) => `${Math.floor(index / 256)}.${index % 256}`),
    );
  });

  it('end it where they are more, and hold up no other', async () => {
    const { connect, nextRequest } = await start();
    const flooding = await connect();
    flooding.write(GET.repeat(10_000));
    expect(await flooding.closed()).toBe('');
    let arrived = 0;
    for (; arrived < 256; arrived += 1) expect((await nextRequest()).destroyed).toBe(true);
    const other = await connect();
    other.write(GET);
    (await nextRequest()).end('the answer');
    await other.until('the answer');
  });
});

describe('a server that closes', () => {
  it('lets an open request finish, and then its connection go', async () => {
    const { server, connect, nextRequest } = await start();
    const connection = await connect();
    connection.write(GET);
    const response = await nextRequest();
    const closed = server.close(LONG_MS);
    expect(server.open).toBe(false);
    response.end('the answer');
    await closed;
    const answer = await connection.closed();
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).toMatch(/\r\nConnection: close\r\n/i);
    expect(answer).toMatch(/the answer/);
  });

  it('lets an answer that is half sent be sent whole', async () => {
    const { server, connect, nextRequest } = await start();
    const connection = await connect();
    connection.write(GET);
    const response = await nextRequest();
    response.write('first half, ');
    await connection.until('first half');
    const closed = server.close(LONG_MS);
    response.end('second half');
    await closed;
    expect(await connection.closed()).toMatch(/second half/);
  });

  it('refuses new connections while an open request finishes', async () => {
    const { server, connect, nextRequest } = await start();
    const connection = await connect();
    connection.write(GET);
    const response = await nextRequest();
    const closed = server.close(LONG_MS);
    await expect(connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    response.end();
    await closed;
  });

  it('closes connections that wait for their next request', async () => {
    const { server, connect, nextRequest } = await start();
    const connection = await connect();
    connection.write(GET);
    (await nextRequest()).end('first');
    await connection.until('first');
    await server.close(LONG_MS);
    await connection.closed();
  });

  it('closes connections on which nothing was asked yet', async () => {
    const { server, connect, nextRequest } = await start();
    const idle = await connect();
    const busy = await connect();
    busy.write(GET);
    const response = await nextRequest();
    const closed = server.close(LONG_MS);
    response.end();
    await closed;
    await idle.closed();
  });

  it.each([
    ['is on its way', 'GET / HTTP/1.1\r\n'],
    ['has not been sent yet', ''],
  ])('answers a request that %s on an old connection, and closes that', async (_, sent) => {
    const { server, connect, nextRequest } = await start({ quietMs: LONG_MS });
    const late = await connect();
    late.write(`${GET}${sent}`);
    (await nextRequest()).end('first');
    await late.until('first');
    const closed = server.close(LONG_MS);
    late.write(GET.slice(sent.length));
    (await nextRequest()).end('second');
    const answers = (await late.closed()).split('first');
    expect(answers[0]).toMatch(/\r\nConnection: keep-alive\r\n/i);
    expect(answers[1]).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\nConnection: close\r\n[\s\S]*second/i);
    await closed;
  });

  it('answers a request on a connection that was made before the first was sent on it', async () => {
    const { server, connect, nextRequest } = await start({ quietMs: LONG_MS });
    const [busy, early] = [await connect(), await connect()];
    busy.write(GET);
    const response = await nextRequest();
    const closed = server.close(LONG_MS);
    early.write(GET);
    (await nextRequest()).end('early');
    expect(await early.closed()).toMatch(/\r\nConnection: close\r\n[\s\S]*early/i);
    response.end();
    await closed;
  });

  it('takes all connections that are made under load before it stops listening', async () => {
    const { server, connect, nextRequest } = await start({});
    const ask = async () => {
      const connection = await connect();
      connection.write(GET);
      (await nextRequest()).end('taken');
      await connection.until('taken');
    };
    for (let index = 0; index < 5; index += 1) await ask();
    const asking = Array.from({ length: 50 }, ask);
    await server.close(LONG_MS);
    await Promise.all(asking);
  });

  it('handles no request under load before it has stopped listening', async () => {
    const { server, connect, nextRequest } = await start({});
    const connections: RawConnection[] = [];
    for (let index = 0; index < 5; index += 1) connections.push(await connect());
    const closed = server.close(LONG_MS);
    connections.push(await connect());
    for (const connection of connections) connection.write(GET);
    const first = await nextRequest();
    await expect(connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    first.end('held');
    for (let index = 1; index < connections.length; index += 1) (await nextRequest()).end('held');
    for (const connection of connections) expect(await connection.closed()).toMatch(/held$/);
    await closed;
  });

  it('answers a request that came on an idle connection while the process was off the CPU', async () => {
    const quietMs = 50;
    const { server, connect, nextRequest } = await start({ quietMs });
    const idle = await connect();
    idle.write(GET);
    (await nextRequest()).end('first');
    await idle.until('first');
    const closed = server.close(LONG_MS);
    idle.write(GET);
    // Nothing in this process runs meanwhile. The timers fire before the request is read.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 4 * quietMs);
    (await nextRequest()).end('second');
    expect(await idle.closed()).toMatch(/second$/);
    await closed;
  });

  it('keeps a connection that has carried no request for longer than the idle ones', async () => {
    const { server, connect, nextRequest } = await start({ quietMs: 50 });
    const [idle, unused] = [await connect(), await connect()];
    idle.write(GET);
    (await nextRequest()).end('first');
    await idle.until('first');
    const closed = server.close(LONG_MS);
    await idle.closed();
    unused.write(GET);
    (await nextRequest()).end('second');
    expect(await unused.closed()).toMatch(/second$/);
    await closed;
  });

  it('waits for half a request no longer than for the whole ones', async () => {
    const { server, connect, nextRequest } = await start();
    const half = await connect();
    const busy = await connect();
    half.write('GET / HTTP/1.1\r\n');
    busy.write(GET);
    const response = await nextRequest();
    const closed = server.close(LONG_MS);
    response.end();
    await closed;
    await half.closed();
  });

  it('cuts what is not finished after the time it was given', async () => {
    const { server, connect, nextRequest } = await start();
    const connection = await connect();
    connection.write(GET);
    await nextRequest();
    await server.close(1);
    expect(await connection.closed()).toBe('');
  });
});

describe('a connection that waits', () => {
  it('is kept for over a minute by default, which the answer says', async () => {
    const { connect, nextRequest } = await start({});
    const connection = await connect();
    connection.write(GET);
    (await nextRequest()).end('first');
    await connection.until('first');
    expect(connection.received()).toMatch(/\r\nKeep-Alive: timeout=75\r\n/);
  });

  it('for its next request is closed when its time is over, without an answer', async () => {
    const { connect, nextRequest } = await start({ keepAliveMs: 10 });
    const connection = await connect();
    connection.write(GET);
    (await nextRequest()).end('first');
    expect((await connection.closed()).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200']);
  });
});
