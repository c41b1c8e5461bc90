import { request as httpRequest } from 'node:http';
import { describe, expect, it } from 'vitest';
import { sellerRecord } from '../support/catalog-api-mock.ts';
import { startGateway } from '../support/gateway.ts';
import { post, send } from '../support/http-client.ts';
import { startHttpLayer } from '../support/http-layer.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-[0-9a-z]+$/;

describe('a GET', () => {
  it('runs a query, with variables and the operation to run', async () => {
    mockUpstream({ sellers: [sellerRecord({ id: 7, name: 'Åsa & Søn' })] });
    const gateway = await startGateway();
    const search = new URLSearchParams({
      query: 'query A($id: ID!) { seller(id: $id) { name } } query B { __typename }',
      operationName: 'A',
      variables: '{"id":"7"}',
      extensions: '{}',
    });
    const { status, headers, body } = await send(gateway, `/graphql?${search}`);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(body).toEqual({ data: { seller: { name: 'Åsa & Søn' } } });
  });

  it('treats empty variables and operationName as absent', async () => {
    const { body } = await send(
      await startGateway(),
      '/graphql?query={__typename}&variables=&operationName=',
    );
    expect(body).toEqual({ data: { __typename: 'Query' } });
  });
});

describe('the Content-Length of a response', () => {
  it('counts bytes', async () => {
    mockUpstream({ sellers: [sellerRecord({ id: 7, name: '競売 🔨' })] });
    const { headers, text } = await post(await startGateway(), { query: '{ seller(id: 7) { name } }' });
    expect(Number(headers.get('content-length'))).toBe(Buffer.byteLength(text));
    expect(text).toBe('{"data":{"seller":{"name":"競売 🔨"}}}');
  });
});

describe('the request id', () => {
  it('is generated for a request without one, and is in the response and the log', async () => {
    const gateway = await startHttpLayer({});
    const ids = [await send(gateway, '/healthz'), await send(gateway, '/healthz')].map(({ headers }) =>
      headers.get('x-request-id'),
    );
    expect(ids[0]).toMatch(ID);
    expect(ids[1]).toMatch(ID);
    expect(ids[0]).not.toBe(ids[1]);
    await expect
      .poll(() => gateway.events)
      .toMatchObject(ids.map((requestId) => ({ type: 'request', requestId, status: 200 })));
  });

  it.each(['/graphql?query={__typename}', '/graphql', '/healthz', '/nothing', '/'])(
    'of the client is kept (%s)',
    async (path) => {
      const gateway = await startGateway();
      const { headers } = await send(gateway, path, { headers: { 'x-request-id': 'req.42:a/b+c=_-' } });
      expect(headers.get('x-request-id')).toBe('req.42:a/b+c=_-');
    },
  );

  it.each(['a b', '"quoted"', '<script>', 'x'.repeat(129), 'a,b', 'é', '{"a":1}'])(
    'is replaced if it is unsafe in a log line: %j',
    async (id) => {
      const { headers } = await send(await startHttpLayer({}), '/healthz', {
        headers: { 'x-request-id': id },
      });
      expect(headers.get('x-request-id')).toMatch(ID);
    },
  );

  it('is generated for a request with two ids', async () => {
    const gateway = await startHttpLayer({});
    const id = await new Promise((resolve, reject) => {
      httpRequest(`${gateway.origin}/healthz`, { headers: { 'x-request-id': ['a', 'b'] } }, (response) => {
        response.resume().on('end', () => resolve(response.headers['x-request-id']));
      })
        .on('error', reject)
        .end();
    });
    expect(id).toMatch(ID);
  });
});

describe('the event of a request', () => {
  it('has the method, the path without the query string, and the outcome', async () => {
    const times = [1000];
    const gateway = await startHttpLayer(
      {},
      {
        clock: { now: () => 0, monotonic: () => times.shift() ?? 1250 },
      },
    );
    const { headers } = await send(gateway, '/graphql?query={secret}&variables=%7B%7D');
    await expect
      .poll(() => gateway.events)
      .toEqual([
        {
          type: 'request',
          requestId: headers.get('x-request-id'),
          method: 'GET',
          path: '/graphql',
          route: '/graphql',
          status: 200,
          fromCache: false,
          operation: null,
          outcome: 'failed',
          codes: ['BAD_USER_INPUT'],
          client: null,
          staleMs: 0,
          callsAvoided: 0,
          durationMs: 250,
        },
      ]);
  });
});

describe('health', () => {
  it('is alive regardless of dependencies', async () => {
    const { status, headers, text } = await send(await startHttpLayer({}), '/healthz');
    expect([status, text]).toEqual([200, '{"status":"alive"}']);
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('reports the state of Redis, and is ready without it', async () => {
    const none = await startGateway();
    expect((await send(none, '/readyz')).text).toBe('{"ready":true,"redis":"off"}');
    const down = await startGateway({ REDIS_URL: 'redis://127.0.0.1:1' });
    const { status, text } = await send(down, '/readyz');
    expect([status, text]).toEqual([200, '{"ready":true,"redis":"down"}']);
  });

  it('is 503 if the gateway is not ready', async () => {
    const gateway = await startHttpLayer({}, { readiness: () => ({ ready: false, redis: 'off' }) });
    const { status, text } = await send(gateway, '/readyz?verbose');
    expect([status, text]).toEqual([503, '{"ready":false,"redis":"off"}']);
  });

  it('answers HEAD', async () => {
    const { status, text } = await send(await startHttpLayer({}), '/healthz', { method: 'HEAD' });
    expect([status, text]).toEqual([200, '']);
  });
});

describe('an unknown path', () => {
  it.each(['/nothing', '/graphqlx', '/healthzx', '/favicon.ico', '/GRAPHQL'])(
    'is 404 with an error that names /graphql: %s',
    async (path) => {
      const { status, body } = await send(await startGateway(), path);
      expect(status).toBe(404);
      expect(body.errors).toEqual([
        {
          message: 'Not found. GraphQL is at /graphql.',
          extensions: { code: 'BAD_USER_INPUT' },
        },
      ]);
    },
  );
});
