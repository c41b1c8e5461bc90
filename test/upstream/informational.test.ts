import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { UpstreamTimeout } from '../../src/domain/errors.ts';
import { upstreamClient } from '../support/upstream-client.ts';

afterEach(() => void vi.useRealTimers());

const response = (body: string, fields = '') =>
  `HTTP/1.1 200 OK\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${fields}\r\n${body}`;
const TOKEN = response('{"access_token":"a","expires_in":3600}');
const SELLER = response('{"id":1}');

/** An upstream that writes what it is told to, byte by byte as it is; `call` counts GETs from 1. */
async function rawUpstream(answer: (socket: Socket, call: number) => void, beforeToken = '') {
  const sockets = new Set<Socket>();
  let calls = 0;
  // Each byte leaves at once, and does not wait for the acknowledgement of the one before it.
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    socket.setEncoding('latin1').on('data', (text: string) => {
      if (text.startsWith('POST')) return void socket.write(beforeToken + TOKEN);
      if (!text.startsWith('GET')) return;
      calls += 1;
      answer(socket, calls);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const urls = { catalogUrl: `${url}/api`, identityUrl: `${url}/connect/token` };
  return { urls, calls: () => calls, sockets };
}

describe('an informational response', () => {
  it.each([
    ['100 Continue', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['100 Continue twice', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(2)],
    ['102 Processing', 'HTTP/1.1 102 Processing\r\n\r\n'],
    ['103 Early Hints', 'HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n'],
  ])('is skipped: %s', async (_case, before) => {
    const { urls, calls, sockets } = await rawUpstream((socket) => socket.write(before + SELLER), before);
    const { api } = upstreamClient(urls);
    for (let call = 0; call < 3; call += 1) expect(await api.seller(1)).toMatchObject({ id: 1 });
    expect(calls()).toBe(3);
    // The connections are kept all the same.
    expect(sockets.size).toBeLessThanOrEqual(2);
  });

  it('that arrives alone is followed by the response later', async () => {
    const { urls } = await rawUpstream((socket) => {
      socket.write('HTTP/1.1 100 Continue\r\n\r\n', () => setImmediate(() => socket.write(SELLER)));
    });
    expect(await upstreamClient(urls).api.seller(1)).toMatchObject({ id: 1 });
  });
});

describe('an upstream', () => {
  it('whose Retry-After has trailing whitespace gets the same wait', async () => {
    const { urls } = await rawUpstream((socket, call) =>
      socket.write(call === 1 ? 'HTTP/1.1 503 Busy\r\nretry-after: 1 \r\ncontent-length: 0\r\n\r\n' : SELLER),
    );
    const { api, eventsOf } = upstreamClient(urls);
    expect(await api.seller(1)).toMatchObject({ id: 1 });
    expect(eventsOf('upstream-retry')).toMatchObject([{ delayMs: 1000 }]);
  });

  it('that switches protocols is retried', async () => {
    const { urls } = await rawUpstream((socket, call) =>
      socket.write(
        call === 1 ? 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n' : SELLER,
      ),
    );
    expect(await upstreamClient(urls).api.seller(1)).toMatchObject({ id: 1 });
  });

  it('that sends byte by byte is cut off at the deadline', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
    let dripping: Socket | undefined;
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const { urls, calls } = await rawUpstream((socket) => {
      dripping = socket;
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n{', () => begin());
    });
    const { api } = upstreamClient({ ...urls, deadlineMs: 30_000 });
    const failure = api.seller(1).catch((error: unknown) => error);
    await begun;
    for (let second = 0; second < 30; second += 1) {
      await new Promise<void>((resolve) => dripping?.write(' ', () => setImmediate(resolve)));
      await vi.advanceTimersByTimeAsync(1000);
    }
    expect(await failure).toBeInstanceOf(UpstreamTimeout);
    expect(calls()).toBe(1);
    await expect.poll(() => dripping?.destroyed).toBe(true);
  });
});
