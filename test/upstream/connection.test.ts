import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { UpstreamTimeout, UpstreamUnavailable } from '../../src/domain/errors.ts';
import { upstreamClient } from '../support/upstream-client.ts';

type Answer = (response: ServerResponse, call: number) => void;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(closing.splice(0).map((close) => close()));
});

/** An upstream of real sockets, which grants any token and answers each GET with what it is told to. */
async function upstream(answer: Answer) {
  let calls = 0;
  const sockets = new Set<unknown>();
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    sockets.add(request.socket);
    request.resume();
    if (request.method === 'POST') {
      response.end(JSON.stringify({ access_token: 'a', expires_in: 3600 }));
      return;
    }
    calls += 1;
    answer(response, calls);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  closing.push(close);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    urls: { catalogUrl: `${url}/api/`, identityUrl: `${url}/connect/token` },
    calls: () => calls,
    connections: () => sockets.size,
    close,
  };
}

const wholeSeller: Answer = (response) => response.end('{"id": 1}');
const halfSeller: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 });
  response.write('{"id": 1, ');
};

describe('a connection', () => {
  it('is reused by later calls', async () => {
    const { urls, calls, connections } = await upstream(wholeSeller);
    const { api } = upstreamClient(urls);
    for (let call = 0; call < 10; call += 1) await api.seller(1);
    expect(calls()).toBe(10);
    // The first GET can find the token's connection still busy.
    expect(connections()).toBeLessThanOrEqual(2);
  });

  it('that breaks during the body is retried', async () => {
    const { urls, calls } = await upstream((response, call) => {
      if (call === 2) return wholeSeller(response, call);
      halfSeller(response, call);
      response.socket?.destroySoon();
    });
    const { api, eventsOf } = upstreamClient(urls);
    expect(await api.seller(1)).toMatchObject({ id: 1 });
    expect(calls()).toBe(2);
    expect(eventsOf('upstream-retry')).toMatchObject([{ route: 'GET /Seller/{id}', attempt: 1 }]);
  });

  it('that is refused is UpstreamUnavailable after three attempts', async () => {
    const { urls, close } = await upstream(wholeSeller);
    await close();
    const { api, eventsOf } = upstreamClient(urls);
    const failure = await api.seller(1).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UpstreamUnavailable);
    expect(failure).toMatchObject({ cause: { message: 'connection failed: ECONNREFUSED' } });
    expect(eventsOf('upstream-call')).toMatchObject([{ attempt: 1 }, { attempt: 2 }, { attempt: 3 }]);
  });

  it('whose body stalls is UpstreamTimeout', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
    const begun = [1, 2, 3].map(() => Promise.withResolvers<void>());
    const { urls } = await upstream((response, call) => {
      halfSeller(response, call);
      begun[call - 1]?.resolve();
    });
    const { api } = upstreamClient({ ...urls, deadlineMs: 30_000 });
    const failure = api.seller(1).catch((error: unknown) => error);
    for (const { promise } of begun) {
      await promise;
      await vi.advanceTimersByTimeAsync(22_500);
    }
    expect(await failure).toBeInstanceOf(UpstreamTimeout);
  });
});
