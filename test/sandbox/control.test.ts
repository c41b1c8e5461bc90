import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { requestToken, runSandbox } from './running-sandbox.ts';

const NO_REQUESTS = {
  'POST /connect/token': 0,
  'GET /Seller': 0,
  'GET /Seller/{id}': 0,
  'GET /Catalog': 0,
  'GET /Catalog/{id}': 0,
  other: 0,
};

describe('request counts', () => {
  it('count by route for any outcome, without the control routes', async () => {
    const { sandbox, get, control } = await runSandbox();
    await requestToken(sandbox, { password: 'wrong' });
    await get('/Seller?PageSize=1');
    await get('/Seller?PageSize=nonsense');
    await get('/Seller/3');
    await get('/Catalog');
    await get('/Catalog/2147483647');
    await get('/Lot');
    await control('GET');
    const expected = {
      'POST /connect/token': 1,
      'GET /Seller': 2,
      'GET /Seller/{id}': 1,
      'GET /Catalog': 1,
      'GET /Catalog/{id}': 1,
      other: 1,
    };
    expect(sandbox.requests()).toEqual(expected);
    expect((await (await control('GET')).json()).requests).toEqual(expected);
    expect((await control('DELETE', '/requests')).status).toBe(204);
    expect(sandbox.requests()).toEqual(NO_REQUESTS);
  });

  it('count a connection once, for any number of requests', async () => {
    const { sandbox } = await runSandbox();
    const request = 'GET /api/Seller HTTP/1.1\r\nhost: sandbox\r\n';
    const carry = (requests: string) =>
      text(connect(Number(new URL(sandbox.catalogUrl).port), '127.0.0.1').end(requests));
    await carry(`${request}\r\n${request}connection: close\r\n\r\n`);
    expect(sandbox.requests()['GET /Seller']).toBe(2);
    expect(sandbox.connections()).toBe(1);
    await carry(`${request}connection: close\r\n\r\n`);
    expect(sandbox.connections()).toBe(2);
    sandbox.resetRequests();
    expect(sandbox.connections()).toBe(0);
  });
});

describe('/control', () => {
  it('shows the settings and the counts in readable JSON', async () => {
    const { control, sandbox } = await runSandbox({ seed: 5 });
    const response = await control('GET');
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    const readable = await response.text();
    expect(readable).toContain('\n  "settings": {\n');
    expect(JSON.parse(readable)).toEqual({
      settings: {
        seed: 5,
        sellers: 412,
        maxCatalogs: 60,
        lots: 40,
        maxPageSize: 1000,
        latencyMs: { min: 0, max: 0 },
        errorRate: 0,
        errorStatus: 500,
        fault: 'none',
        tokenTtlSeconds: 3600,
      },
      requests: NO_REQUESTS,
      connections: 0,
    });
    expect(sandbox.settings()).toEqual(JSON.parse(readable).settings);
  });

  it('PATCH changes the given settings from the next request on', async () => {
    const { control, get, sandbox } = await runSandbox();
    const response = await control('PATCH', '', { errorRate: 1, errorStatus: 503 });
    expect(response.status).toBe(200);
    expect((await response.json()).settings).toEqual({
      ...sandbox.settings(),
      errorRate: 1,
      errorStatus: 503,
    });
    expect((await get('/Seller')).status).toBe(503);
  });

  it.each([{ seed: 2 }, { sellers: 411 }, { maxCatalogs: 59 }, { lots: 41 }])(
    'PATCH %o gives the same data as a start with it',
    async (change) => {
      const { control, get } = await runSandbox();
      const started = await runSandbox(change);
      const before = await (await get('/Catalog')).text();
      await control('PATCH', '', change);
      const after = await (await get('/Catalog')).text();
      expect(after === before).toBe(false);
      expect(after === (await (await started.get('/Catalog')).text())).toBe(true);
    },
  );

  it.each([
    [{ colour: 'red' }, 'colour is not a known field'],
    [{ sellers: -1 }, 'sellers must be a whole number from 0 to 1000000'],
    [{ maxPageSize: 0 }, 'maxPageSize must be a whole number from 1 to 100000'],
    [{ errorRate: 1.1 }, 'errorRate must be a number from 0 to 1'],
    [{ errorRate: '0.5' }, 'errorRate must be a number from 0 to 1'],
    [{ fault: 'boom' }, 'fault must be one of none, hang, slow-body'],
    [{ latencyMs: { min: 9, max: 3 } }, 'latencyMs must be'],
    [{ latencyMs: 5 }, 'latencyMs must be'],
    [{ latencyMs: { min: 5 } }, 'latencyMs.max must be'],
    [{ sellers: 1_000_000, maxCatalogs: 10_000 }, 'sellers × maxCatalogs must be at most 100000000'],
    [[], 'the input'],
  ])('PATCH %o is answered 400 with "%s", and changes nothing', async (patch, message) => {
    const { control, sandbox } = await runSandbox();
    const before = sandbox.settings();
    const response = await control('PATCH', '', Array.isArray(patch) ? patch : { lots: 1, ...patch });
    expect(response.status).toBe(400);
    expect((await response.json()).detail).toContain(message);
    expect(sandbox.settings()).toEqual(before);
  });

  it('reports all faults of a PATCH at once', async () => {
    const { control } = await runSandbox();
    const response = await control('PATCH', '', { colour: 'red', lots: -1, fault: 1 });
    const { detail } = await response.json();
    for (const name of ['colour', 'lots', 'fault']) expect(detail).toContain(name);
  });

  it('rejects a body that is not JSON or is too long', async () => {
    const { sandbox, control } = await runSandbox();
    const noJson = await fetch(sandbox.controlUrl, { method: 'PATCH', body: '{"lots":' });
    expect(noJson.status).toBe(400);
    expect((await noJson.json()).detail).toContain('JSON');
    expect((await control('PATCH', '', { padding: 'x'.repeat(100_000) })).status).toBe(413);
  });

  it('has no latency, errors or faults, and needs no token', async () => {
    const { control } = await runSandbox({ errorRate: 1, fault: 'hang' });
    await control('PATCH', '', { latencyMs: { min: 999_999, max: 999_999 } });
    expect((await control('GET')).status).toBe(200);
  });

  it('answers 404 for unknown routes, and 405 with the allowed methods', async () => {
    const { control } = await runSandbox();
    expect((await control('GET', '/sellers')).status).toBe(404);
    const response = await control('POST', '/catalogs/1');
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('PUT, DELETE');
  });
});
