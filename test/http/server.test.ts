import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createHttpServer, type HttpServerOptions } from '../../src/http/server.ts';
import { connectTo, type RawConnection } from '../support/http-client.ts';

const LONG_MS = 600_000;
const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

/** A server that hands its requests to the test, in order of arrival. */
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
  it('is open, on the port that listen() returns', async () => {
    const { server, port } = await start();
    expect(server.open).toBe(true);
    expect(port).toBeGreaterThan(0);
  });

  it('rejects with EADDRINUSE if its port is in use', async () => {
    const { port } = await start();
    const second = createHttpServer(() => {});
    await expect(second.listen('127.0.0.1', port)).rejects.toMatchObject({ code: 'EADDRINUSE', port });
    expect(second.open).toBe(false);
  });
});

describe('requests that wait for their turn on one connection', () => {
  it('are answered in order, up to 256 at a time', async () => {
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

  it('close the connection above 256, and do not delay other connections', async () => {
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
  it('finishes an open request, then closes its connection', async () => {
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

  it('finishes a response that is half sent', async () => {
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

  it('closes idle keep-alive connections', async () => {
    const { server, connect, nextRequest } = await start();
    const connection = await connect();
    connection.write(GET);
    (await nextRequest()).end('first');
    await connection.until('first');
    await server.close(LONG_MS);
    await connection.closed();
  });

  it('closes connections that have carried no request', async () => {
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
  ])('answers a request that %s on a keep-alive connection, then closes the connection', async (_, sent) => {
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

  it('answers the first request on a connection that was opened before the close', async () => {
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

  it('answers every request on connections opened under load before it stops listening', async () => {
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

  it('stops listening under load before it handles further requests', async () => {
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

  it('answers a request that arrived on an idle connection while the process was suspended', async () => {
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

  it('keeps unused connections open for longer than idle ones', async () => {
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

  it('does not wait for incomplete requests once the complete ones are answered', async () => {
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

  it('aborts unfinished requests after the grace period', async () => {
    const { server, connect, nextRequest } = await start();
    const connection = await connect();
    connection.write(GET);
    await nextRequest();
    await server.close(1);
    expect(await connection.closed()).toBe('');
  });
});

describe('an idle connection', () => {
  it('stays open for 75 seconds by default, as Keep-Alive states', async () => {
    const { connect, nextRequest } = await start({});
    const connection = await connect();
    connection.write(GET);
    (await nextRequest()).end('first');
    await connection.until('first');
    expect(connection.received()).toMatch(/\r\nKeep-Alive: timeout=75\r\n/);
  });

  it('is closed without a response after the keep-alive timeout', async () => {
    const { connect, nextRequest } = await start({ keepAliveMs: 10 });
    const connection = await connect();
    connection.write(GET);
    (await nextRequest()).end('first');
    expect((await connection.closed()).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200']);
  });
});
