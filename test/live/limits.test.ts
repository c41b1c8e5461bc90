import { describe, expect, it } from 'vitest';
import { sellerRecord } from '../support/catalog-api-mock.ts';
import { openStream } from '../support/event-stream.ts';
import { startGateway } from '../support/gateway.ts';
import { openSocket } from '../support/socket-client.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();
const SELLERS = 'subscription { sellers { totalItems } }';

function start(variables: Record<string, string> = {}) {
  mockUpstream({ sellers: [sellerRecord({ id: 1 })] });
  return startGateway(variables);
}

const codeOf = (json: string) => JSON.parse(json).errors[0].extensions.code;

describe('the places of live responses', () => {
  it.each([
    [{ LIVE_MAX: '2' }, 503, 'OVERLOADED'],
    [{ LIVE_MAX_PER_CLIENT: '2' }, 429, 'RATE_LIMITED'],
  ])('%o: one more is refused until one ends', async (variables, status, code) => {
    const gateway = await start(variables);
    const streams = [await openStream(gateway, SELLERS), await openStream(gateway, SELLERS)];
    const refused = await openStream(gateway, SELLERS);
    expect([refused.status, refused.headers['retry-after']]).toEqual([status, '5']);
    await expect.poll(() => refused.text()).not.toBe('');
    expect(codeOf(refused.text())).toBe(code);
    const socket = openSocket(gateway);
    const overSocket = socket.subscribe(SELLERS);
    await expect.poll(() => overSocket.ended()).toMatchObject([{ extensions: { code, retryAfter: 5 } }]);
    // Queries go on, over the same socket too.
    const queried = socket.subscribe('{ sellers { totalItems } }');
    await expect.poll(() => queried.ended()).toBe('complete');
    streams[0]?.close();
    await expect.poll(async () => (await openStream(gateway, SELLERS)).status).toBe(200);
  });

  it('are counted by WebSockets too', async () => {
    const gateway = await start({ LIVE_MAX_PER_CLIENT: '1' });
    const first = openSocket(gateway).subscribe(SELLERS);
    await expect.poll(() => first.results.length).toBe(1);
    const second = openSocket(gateway).subscribe(SELLERS);
    await expect.poll(() => second.ended()).not.toBe(null);
    first.close();
  });

  it('are freed by operations that are refused', async () => {
    const gateway = await start({ LIVE_MAX: '1' });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const refused = await openStream(gateway, 'subscription { sellers { nothing } }');
      await expect.poll(() => refused.ended()).toBe('complete');
      const overSocket = openSocket(gateway).subscribe('subscription { sellers { nothing } }');
      await expect.poll(() => overSocket.ended()).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    }
    expect((await openStream(gateway, SELLERS)).status).toBe(200);
  });

  it('are none if live responses are turned off', async () => {
    const gateway = await start({ LIVE_MAX: '0' });
    const refused = await openStream(gateway, SELLERS);
    expect(refused.status).toBe(400);
    await expect.poll(() => refused.text()).toContain('turned off');
    const query = await openStream(gateway, '{ sellers { totalItems } }');
    await expect.poll(() => query.text()).toBe('{"data":{"sellers":{"totalItems":1}}}');
  });
});

describe('a subscription', () => {
  it.each([
    ['with two root fields', 'subscription { sellers { totalItems } seller(id: 1) { name } }'],
    [
      'that is too deep',
      `subscription { sellers ${'{ items { futureCatalogs '.repeat(1)}{ items { seller { id } } } } } }`,
    ],
    ['without a value of a variable', 'subscription ($id: ID!) { seller(id: $id) { name } }'],
    ['for a field of operators', 'subscription { cacheEntry(key: "x") { key } }'],
    ['for the schema', 'subscription { __schema { types { name } } }'],
    [
      'that costs too much',
      'subscription { sellers(pageSize: 500) { items { futureCatalogs(pageSize: 500) { items { id } } } } }',
    ],
  ])('%s is refused as a query is', async (_, query) => {
    const gateway = await start();
    const accept = 'application/graphql-response+json, text/event-stream';
    const refused = await openStream(gateway, query, {}, { accept });
    expect(refused.status).toBe(400);
    await expect.poll(() => refused.text()).not.toBe('');
    expect(codeOf(refused.text())).toBe('BAD_USER_INPUT');
    // A client that takes nothing but streams would try again after that status.
    const stream = await openStream(gateway, query);
    await expect.poll(() => stream.ended()).toBe('complete');
    const codes = stream.results.map(({ errors }) => errors?.[0]?.extensions.code);
    expect([stream.status, codes]).toEqual([200, ['BAD_USER_INPUT']]);
  });

  it('may use variables, fragments on its root, and one of several operations', async () => {
    const gateway = await start();
    const stream = await openStream(
      gateway,
      'subscription ($id: ID!) { ...Root } fragment Root on Subscription { seller(id: $id) { id } }',
      { id: '1' },
    );
    await expect.poll(() => stream.results).toEqual([{ data: { seller: { id: '1' } } }]);
  });

  it('is charged for its execution, and not for its renewals', async () => {
    const gateway = await start({ RATE_LIMIT_COST: '100' });
    const PAGE = 'subscription { sellers(pageSize: 60) { totalItems } }';
    const first = await openStream(gateway, PAGE);
    await expect.poll(() => first.results.length).toBe(1);
    // The response of the first is there.
    expect((await openStream(gateway, PAGE)).status).toBe(200);
    const refused = await openStream(gateway, 'subscription { sellers(pageSize: 61) { totalItems } }');
    expect([refused.status, Number(refused.headers['retry-after']) > 0]).toEqual([429, true]);
    gateway.clock.ms += 600_000;
    await expect.poll(() => gateway.events.filter(({ type }) => type === 'live-renewed').length).toBe(1);
    expect((await openStream(gateway, PAGE)).status).toBe(200);
  });
});

describe('a query with Accept: text/event-stream', () => {
  it('answers once and completes, from the cache too', async () => {
    const gateway = await start();
    for (const _ of ['executed', 'stored']) {
      const stream = await openStream(gateway, '{ sellers { totalItems } }');
      await expect.poll(() => stream.ended()).toBe('complete');
      expect(stream.results).toEqual([{ data: { sellers: { totalItems: 1 } } }]);
    }
  });

  it('is JSON for a client that accepts that too', async () => {
    const gateway = await start();
    const accept = 'application/graphql-response+json, application/json, text/event-stream, multipart/mixed';
    const query = await openStream(gateway, '{ sellers { totalItems } }', {}, { accept });
    expect(query.headers['content-type']).toBe('application/graphql-response+json; charset=utf-8');
    const subscription = await openStream(gateway, SELLERS, {}, { accept });
    expect(subscription.headers['content-type']).toBe('text/event-stream; charset=utf-8');
  });
});
