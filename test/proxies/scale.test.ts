import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  request,
  type ServerResponse,
} from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PATHS } from '../../src/http/paths.ts';
import { SANDBOX_USERS } from '../../src/sandbox/server.ts';
import { openGateways } from '../faults/gateways.ts';
import { exchange, post, type WireAnswer } from '../support/http-client.ts';
import { checkScaleConfiguration, isUsed, type Nginx, noNginx, startScaleNginx } from '../support/nginx.ts';
import { freePort, noRedis, startRedis } from '../support/redis.ts';
import { startWebServer } from '../support/web-server.ts';
import { startLoad } from './load.ts';

const QUERIES = [
  '{ sellers(pageSize: 1) { totalItems } }',
  ...[1, 2, 3, 4].map(
    (page) =>
      `{ sellers(page: ${page}, pageSize: 12) { items { id name futureCatalogs { items { title } } } } }`,
  ),
];
const JSON_TYPE = { 'content-type': 'application/json' };

/** nginx in front of web servers that stand for gateways. */
async function startFront(...listeners: readonly RequestListener[]): Promise<Nginx> {
  const servers = await Promise.all(listeners.map((listener) => startWebServer(listener)));
  return startScaleNginx(servers.map(({ origin }) => Number(new URL(origin).port)));
}

/** Answers with the headers of the request. */
function echo({ headers }: IncomingMessage, response: ServerResponse): void {
  response.end(JSON.stringify(headers));
}

/** A server on this port, whose responses do not end. */
async function startStreams(port: number) {
  const server = createServer((_, response) => response.writeHead(200).write('data: 1')).listen(
    port,
    '127.0.0.1',
  );
  await once(server, 'listening');
  const stop = async () => {
    server.closeAllConnections();
    if (server.listening) await once(server.close(), 'close');
  };
  onTestFinished(stop);
  return { stop };
}

function headersIn({ bytes }: WireAnswer): Record<string, string> {
  return JSON.parse(String(bytes));
}

describe.skipIf(noNginx)('nginx of the profile `scale`', () => {
  it('has a configuration that nginx accepts without a warning', () => {
    const { accepted, output } = checkScaleConfiguration();
    expect(output).not.toMatch(/\[(?:warn|emerg)\]/);
    expect(accepted).toBe(true);
  });

  it('names the client and the request itself, and keeps the host of the page', async () => {
    const nginx = await startFront(echo);
    const { host } = new URL(nginx.origin);
    const headers = { 'x-forwarded-for': '203.0.113.9', 'x-request-id': 'chosen-by-the-client' };
    const got = headersIn(await exchange(nginx, PATHS.graphql, { headers }));
    expect(got).toMatchObject({ host, 'x-forwarded-for': '127.0.0.1' });
    expect(got['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
  });

  it('keeps connections for queries, and gives live responses new ones', async () => {
    const nginx = await startFront(echo);
    const connectionOf = async (headers: Record<string, string>) =>
      headersIn(await exchange(nginx, PATHS.graphql, { headers })).connection;
    expect(await connectionOf({})).toBe(undefined);
    expect(await connectionOf({ accept: 'application/json, text/event-stream' })).toBe(undefined);
    expect(await connectionOf({ accept: 'text/event-stream' })).toBe('close');
    expect(await connectionOf({ connection: 'upgrade', upgrade: 'websocket' })).toBe('upgrade');
    expect(await connectionOf({ connection: 'upgrade', upgrade: 'h2c' })).toBe(undefined);
  });

  it('does not serve what is of one process and for operators', async () => {
    const nginx = await startFront(echo);
    for (const path of [PATHS.metrics, PATHS.health, PATHS.stats, PATHS.sessions, PATHS.observatory]) {
      const escaped = `/%${path.charCodeAt(1).toString(16)}${path.slice(2)}`;
      for (const form of [path, escaped, `/${path}`])
        expect(await exchange(nginx, form)).toMatchObject({ status: 404 });
    }
  });

  it.each([
    ['repeats a query that a gateway has received', 'POST', PATHS.graphql, [200, 200]],
    ['repeats a page', 'GET', PATHS.signIn, [200, 200]],
    ['sends a sign-in once', 'POST', PATHS.session, [200, 502]],
    ['sends a delivery of the webhook once', 'POST', PATHS.webhook, [200, 502]],
  ])('%s', async (_, method, path, statuses) => {
    let received = 0;
    const front = await startFront(
      ({ socket }) => {
        received += 1;
        socket.destroy();
      },
      (incoming, response) => void incoming.resume().on('end', () => response.end('{}')),
    );
    const send = () => exchange(front, path, { method, ...(method === 'POST' && { body: '{}' }) });
    // One after the other, so that each gateway has its turn.
    const answers = [await send(), await send()];
    expect(answers.map(({ status }) => status).toSorted()).toEqual(statuses);
    expect(received).toBe(1);
  });

  it('gives a gateway that was away every live response again', async () => {
    const ports = [await freePort(), await freePort()] as const;
    const nginx = await startScaleNginx(ports);
    const open = async () => {
      const sent = request(`${nginx.origin}${PATHS.graphql}`, {
        headers: { accept: 'text/event-stream' },
      }).end();
      onTestFinished(() => void sent.on('error', () => {}).destroy());
      const [{ statusCode }] = (await once(sent, 'response')) as [IncomingMessage];
      return statusCode;
    };
    const first = await startStreams(ports[0]);
    // Until the second one has refused.
    expect([await open(), await open()]).toEqual([200, 200]);
    await startStreams(ports[1]);
    await first.stop();
    expect(await Promise.all([open(), open(), open()])).toEqual([200, 200, 200]);
  });

  it.each([
    ['a query', {}],
    ['a live response', { accept: 'text/event-stream' }],
  ])('finds the one gateway that accepts connections, for %s', async (_, headers) => {
    const closed = await Promise.all([1, 2, 3, 4, 5].map(freePort));
    const { origin } = await startWebServer(echo);
    const nginx = await startScaleNginx([...closed, Number(new URL(origin).port)]);
    const { status } = await exchange(nginx, PATHS.session, { method: 'POST', headers });
    expect(status).toBe(200);
  });

  it('passes everything that a gateway accepts and sends', async () => {
    const tags = 'x'.repeat(7 * 1024);
    const front = await startFront(async (incoming, response) => {
      let bytes = 0;
      for await (const chunk of incoming) bytes += (chunk as Buffer).length;
      response.setHeaders(new Headers({ 'Surrogate-Key': tags, 'Cache-Tag': tags }));
      response.end(
        JSON.stringify({ bytes, cookie: incoming.headers.cookie?.length, url: incoming.url?.length }),
      );
    });
    const sent = async (path: string, bytes: number, cookie = 0) => {
      const headers = { ...JSON_TYPE, ...(cookie > 0 && { cookie: 'x'.repeat(cookie) }) };
      const answer = await exchange(front, path, { method: 'POST', headers, body: 'x'.repeat(bytes) });
      const { 'surrogate-key': key, 'cache-tag': tag } = answer.headers;
      expect([answer.status, key?.length, tag?.length]).toEqual([200, tags.length, tags.length]);
      return JSON.parse(String(answer.bytes));
    };
    expect(await sent(PATHS.graphql, 100 * 1024)).toMatchObject({ bytes: 100 * 1024 });
    expect(await sent(PATHS.webhook, 8 * 1024 * 1024)).toMatchObject({ bytes: 8 * 1024 * 1024 });
    expect(await sent(PATHS.graphql, 2, 15_000)).toMatchObject({ cookie: 15_000 });
    expect(await sent(`${PATHS.graphql}?${'x'.repeat(15_000)}`, 2)).toMatchObject({ url: 15_009 });
  });
});

/** The cookies of a session that has just begun. */
async function signIn(nginx: Nginx): Promise<string> {
  const { status, headers } = await exchange(nginx, PATHS.session, {
    method: 'POST',
    headers: JSON_TYPE,
    body: JSON.stringify({ username: 'anna', password: SANDBOX_USERS.anna }),
  });
  expect(status).toBe(201);
  const cookies = headers['set-cookie'] ?? [];
  for (const each of cookies) expect(each).toMatch(/^__Host-.*; Secure/);
  return cookies.map((each) => each.split(';')[0]).join('; ');
}

// Processes are slow to start on a busy machine.
describe.skipIf(noNginx || noRedis)('two gateways of the profile `scale`', { timeout: 300_000 }, () => {
  it('lose no query and no session while each is replaced, and while one dies', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.kill());
    const { sandbox, start } = await openGateways(0);
    sandbox.configure({ sellers: 50, maxCatalogs: 3 });
    const ports = [await freePort(), await freePort()] as const;
    const startOn = (port: number) =>
      start({
        ...{ PORT: String(port), REDIS_URL: redis.url, REDIS_BUDGET_MS: '5000' },
        ...{ AUTH: 'optional', SESSION_SECRETS: 's'.repeat(32), TRUST_PROXY: 'loopback' },
      });
    const gateways = await Promise.all([startOn(ports[0]), startOn(ports[1])]);
    const nginx = await startScaleNginx(ports);
    const cookie = await signIn(nginx);
    const load = startLoad(nginx, QUERIES);
    const more = async (requests: number) => {
      const enough = load.answered() + requests;
      await expect.poll(load.answered).toBeGreaterThan(enough);
    };

    for (const index of [0, 1] as const) {
      await more(100);
      expect(await gateways[index].terminate()).toBe(0);
      load.press(false);
      gateways[index] = await startOn(ports[index]);
      await expect.poll(() => isUsed(ports[index])).toBe(true);
      load.press(true);
    }
    expect(nginx.failures()).toEqual([]);

    // It dies with queries that it has not answered.
    gateways[0].freeze();
    await more(100);
    await gateways[0].kill();
    await more(100);
    await load.stop();
    expect(nginx.failures()).not.toEqual([]);
    expect(load.results).toEqual({ 200: load.answered() });
    const { body } = await post(nginx, { query: '{ viewer { id } }' }, { cookie });
    expect(body.data).toEqual({ viewer: { id: 'anna' } });
  });
});
