import { describe, expect, it } from 'vitest';
import type { HttpEvent } from '../../../src/http/events.ts';
import { createStoredResponse, responseCodec } from '../../../src/http/response-cache/stored-response.ts';
import {
  FutureCatalogsDocument,
  InvalidateDocument,
  SellerDocument,
  SellersDocument,
  SellersWithFutureCatalogsDocument,
} from '../../operations/generated.ts';
import { ask } from '../../support/answers.ts';
import { catalogRecord, sellerRecord } from '../../support/catalog-api-mock.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { post, send } from '../../support/http-client.ts';
import { interceptUpstream } from '../../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();
const ADMIN_TOKEN = 'a-token-for-operators';

type Ended = Extract<HttpEvent, { readonly outcome: string }>;

function twoSellers() {
  return mockUpstream({
    sellers: [sellerRecord({ id: 1, name: 'One' }), sellerRecord({ id: 2, name: 'Two' })],
    catalogs: [catalogRecord({ id: 10, sellerIds: [1] }), catalogRecord({ id: 20, sellerIds: [2] })],
  });
}

const endedOf = ({ events }: TestGateway) =>
  events.filter((event): event is Ended => event.type === 'request');

/** What became of the requests of `run`, in the order in which they ended. */
async function endsOf(gateway: TestGateway, ...run: readonly (() => Promise<unknown>)[]) {
  const before = endedOf(gateway).length;
  for (const each of run) {
    const ended = endedOf(gateway).length;
    await each();
    await expect.poll(() => endedOf(gateway).length).toBeGreaterThan(ended);
  }
  return endedOf(gateway)
    .slice(before)
    .map(({ operation, outcome, staleMs, callsAvoided, fromCache }) => ({
      ...{ operation, outcome, staleMs, callsAvoided, fromCache },
    }));
}

describe('the event of a request', () => {
  it('has the outcome miss, then hit, with the calls avoided', async () => {
    twoSellers();
    const gateway = await startGateway();
    const page = () => ask(gateway, SellersWithFutureCatalogsDocument);
    const catalogs = () => ask(gateway, FutureCatalogsDocument, { sellerId: '1' });
    const operation = 'SellersWithFutureCatalogs';
    expect(await endsOf(gateway, page, page, catalogs)).toEqual([
      { operation, outcome: 'miss', staleMs: 0, callsAvoided: 0, fromCache: false },
      { operation, outcome: 'hit', staleMs: 0, callsAvoided: 2, fromCache: true },
      { operation: 'FutureCatalogs', outcome: 'miss', staleMs: 0, callsAvoided: 1, fromCache: false },
    ]);
  });

  it('has the age of a stale response', async () => {
    twoSellers();
    const gateway = await startGateway();
    const sellers = () => ask(gateway, SellersDocument);
    await endsOf(gateway, sellers);
    gateway.clock.ms += 600_000 + 90_000;
    const [ended] = await endsOf(gateway, sellers);
    expect(ended).toMatchObject({ outcome: 'stale', staleMs: 90_000, callsAvoided: 1, fromCache: true });
  });

  it('is stale for a response made of stale entries', async () => {
    twoSellers();
    const gateway = await startGateway();
    await endsOf(gateway, () => ask(gateway, SellersDocument));
    gateway.clock.ms += 600_000 + 90_000;
    const [ended] = await endsOf(gateway, () => ask(gateway, SellersDocument, { pageSize: 1 }));
    expect(ended).toMatchObject({ outcome: 'miss', staleMs: 90_000 });
  });

  it('counts avoided calls for all requests but one that share an execution', async () => {
    const upstream = twoSellers();
    const gateway = await startGateway();
    await Promise.all(Array.from({ length: 20 }, () => ask(gateway, SellersDocument)));
    await expect.poll(() => endedOf(gateway)).toHaveLength(20);
    const avoided = endedOf(gateway).reduce((sum, { callsAvoided }) => sum + callsAvoided, 0);
    expect(avoided + upstream.calls('GET /Seller')).toBe(20);
  });

  it('has the name of the requested operation, of several and of none', async () => {
    twoSellers();
    const gateway = await startGateway({ ADMIN_TOKEN });
    const query = 'query A { sellers { page } } query B { seller(id: 1) { id } }';
    const ends = await endsOf(
      gateway,
      () => post(gateway, { query, operationName: 'B' }),
      () => post(gateway, { query: '{ sellers { page } }' }),
      () => gateway.query(InvalidateDocument, { tags: ['sellers'] }, ADMIN_TOKEN),
      () => ask(gateway, SellerDocument, { id: '1' }, { 'x-cache-debug': '1' }),
    );
    expect(ends.map(({ operation, outcome }) => [operation, outcome])).toEqual([
      ['B', 'miss'],
      [null, 'miss'],
      ['Invalidate', 'bypass'],
      ['Seller', 'bypass'],
    ]);
  });

  it('is failed if the response has errors or the request was refused', async () => {
    const upstream = twoSellers();
    const gateway = await startGateway({ ADMIN_TOKEN });
    upstream.fail('GET /Catalog', () => new Response(null, { status: 400 }));
    const bearer = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const invalidate = { query: 'mutation M { invalidate(tags: []) { at } }' };
    const ends = await endsOf(
      gateway,
      () => ask(gateway, SellersWithFutureCatalogsDocument),
      () => post(gateway, { query: 'query Bad { nonsense }' }),
      () => post(gateway, 'no json'),
      () => post(gateway, invalidate, bearer),
      () => send(gateway, '/graphql', { method: 'PUT' }),
    );
    expect(ends.map(({ operation, outcome }) => [operation, outcome])).toEqual([
      ['SellersWithFutureCatalogs', 'failed'],
      ['Bad', 'failed'],
      [null, 'failed'],
      ['M', 'failed'],
      [null, 'failed'],
    ]);
  });

  it('has the code of each kind of error once', async () => {
    const upstream = mockUpstream({ sellers: [sellerRecord({ id: 1 }), sellerRecord({ id: 2 })] });
    const gateway = await startGateway({ ADMIN_TOKEN });
    upstream.fail('GET /Catalog', () => new Response(null, { status: 400 }));
    const requests = [
      [() => post(gateway, { query: '{ sellers(page: 0) { page } }' }), 'BAD_USER_INPUT'],
      [() => post(gateway, { query: '{ nonsense more }' }), 'BAD_USER_INPUT'],
      [() => post(gateway, { query: 'query ($i: Int!) { sellers(page: $i) { page } }' }), 'BAD_USER_INPUT'],
      [() => ask(gateway, SellersWithFutureCatalogsDocument), 'UPSTREAM_REJECTED'],
      [() => post(gateway, 'no json'), 'BAD_USER_INPUT'],
      [() => send(gateway, '/graphql', { method: 'PUT' }), 'BAD_USER_INPUT'],
      [
        () => gateway.query(InvalidateDocument, { tags: ['sellers'] }, 'another-token-than-that'),
        'UNAUTHENTICATED',
      ],
      [() => ask(gateway, SellersDocument, {}, { 'cache-control': 'only-if-cached' }), 'NOT_CACHED'],
    ] as const;
    await endsOf(gateway, ...requests.map(([request]) => request));
    expect(endedOf(gateway).map(({ codes }) => codes)).toEqual(requests.map(([, code]) => [code]));
  });

  it('has the error code for each request of a shared execution, and none without errors', async () => {
    const upstream = twoSellers();
    const gateway = await startGateway();
    upstream.fail('GET /Seller', () => new Response(null, { status: 400 }));
    await Promise.all([1, 2, 3].map(() => ask(gateway, SellersDocument)));
    await expect.poll(() => endedOf(gateway)).toHaveLength(3);
    for (const { codes } of endedOf(gateway)) expect(codes).toEqual(['UPSTREAM_REJECTED']);
    await endsOf(gateway, () => post(gateway, { query: '{ catalog(id: 10) { id } }' }));
    expect(endedOf(gateway).at(-1)?.codes).toEqual([]);
  });

  it.each([
    ['apollographql-client-name', 'apollographql-client-version'],
    ['x-graphql-client-name', 'x-graphql-client-version'],
  ])('has the client name from %s', async (name, version) => {
    twoSellers();
    const gateway = await startGateway();
    const headers: Record<string, string>[] = [
      {},
      { [name]: 'staff' },
      { [name]: 'staff', [version]: '2.1' },
    ];
    await endsOf(gateway, ...headers.map((each) => () => ask(gateway, SellersDocument, {}, each)));
    expect(endedOf(gateway).map(({ client }) => client)).toEqual([
      null,
      { name: 'staff', version: null },
      { name: 'staff', version: '2.1' },
    ]);
  });

  it('is a cache hit if the client asked for a cached response only', async () => {
    const gateway = await startGateway();
    const extensions = { persistedQuery: { version: 1, sha256Hash: '0'.repeat(64) } };
    const ends = await endsOf(
      gateway,
      () => post(gateway, { extensions }),
      () => ask(gateway, SellersDocument, {}, { 'cache-control': 'only-if-cached' }),
    );
    expect(ends.map(({ operation, outcome }) => [operation, outcome])).toEqual([
      [null, 'bypass'],
      ['Sellers', 'bypass'],
    ]);
  });

  it('is a page if it is not GraphQL', async () => {
    const gateway = await startGateway();
    const browser = { headers: { accept: 'text/html' } };
    const ends = await endsOf(
      gateway,
      () => send(gateway, '/healthz'),
      () => send(gateway, '/nothing'),
      () => send(gateway, '/graphql', browser),
    );
    for (const end of ends) expect(end).toMatchObject({ operation: null, outcome: 'page', callsAvoided: 0 });
  });
});

describe('a stored response', () => {
  it('keeps its number of calls, and is invalid without it', () => {
    const answer = createStoredResponse('application/json', Buffer.from('{"data":{}}'), 2);
    const atRest = JSON.parse(JSON.stringify(responseCodec.toJson(answer)));
    expect(responseCodec.fromJson(atRest).upstreamCalls).toBe(2);
    for (const count of [undefined, null, '2', -1, 1.5])
      expect(() => responseCodec.fromJson([...atRest.slice(0, 2), count])).toThrow(TypeError);
  });
});
