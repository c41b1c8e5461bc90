import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createHttpServer } from '../../src/http/server.ts';
import { connectTo, type RawConnection } from '../support/http-client.ts';

const LONG_MS = 600_000;
const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

/** A server that leaves its requests to the test, in the order in which they come. */
async function start() {
  const arrived: ServerResponse[] = [];
  const waiting: ((response: ServerResponse) => void)[] = [];
  const server = createHttpServer((_request: IncomingMessage, response: ServerResponse) => {
    const next = waiting.shift();
    if (next) next(response);
    else arrived.push(response);
  });
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

  it('answers 503 to a request that was on its way, and closes its connection', async () => {
    const { server, connect, nextRequest } = await start();
    const late = await connect();
    const busy = await connect();
    late.write('GET / HTTP/1.1\r\n');
    busy.write(GET);
    const response = await nextRequest();
    const closed = server.close(LONG_MS);
    late.write('Host: a\r\n\r\n');
    const answer = await late.closed();
    expect(answer).toMatch(/^HTTP\/1\.1 503 /);
    expect(answer).toMatch(/\r\nRetry-After: 1\r\n/);
    expect(answer).toContain('{"errors":[{"message":"The gateway is stopping."');
    response.end();
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
