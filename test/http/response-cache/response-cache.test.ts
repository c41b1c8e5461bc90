import { describe, expect, it } from 'vitest';
import {
  CatalogsDocument,
  FutureCatalogsDocument,
  InvalidateDocument,
  SellerDocument,
  SellersDocument,
  SellersWithFutureCatalogsDocument,
} from '../../operations/generated.ts';
import { ask, isHit, statusOf } from '../../support/answers.ts';
import { catalogRecord, sellerRecord } from '../../support/catalog-api-mock.ts';
import { startGateway } from '../../support/gateway.ts';
import { post } from '../../support/http-client.ts';
import { interceptUpstream } from '../../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();
const ADMIN_TOKEN = 'a-token-for-operators';

function twoSellers() {
  return mockUpstream({
    sellers: [sellerRecord({ id: 1, name: 'One' }), sellerRecord({ id: 2, name: 'Two' })],
    catalogs: [catalogRecord({ id: 10, sellerIds: [1] }), catalogRecord({ id: 20, sellerIds: [2] })],
  });
}

describe('a stored response', () => {
  it('is served again without an upstream call', async () => {
    const upstream = twoSellers();
    const gateway = await startGateway();
    const first = await ask(gateway, SellersWithFutureCatalogsDocument);
    const calls = upstream.calls();
    const second = await ask(gateway, SellersWithFutureCatalogsDocument);
    expect(statusOf(first)).toBe('fwd=miss; stored');
    expect(statusOf(second)).toBe('hit; ttl=300');
    expect(second.text).toBe(first.text);
    expect(upstream.calls()).toBe(calls);
  });

  it('is served to every equivalent request', async () => {
    twoSellers();
    const gateway = await startGateway();
    const query = 'query A($a: Int! = 1, $b: Int! = 25) { sellers(page: $a, pageSize: $b) { items { id } } }';
    await post(gateway, { query, variables: { a: 1, b: 2 } });
    const same = [
      { query: query.replaceAll(' {', '\n\t{ # a comment\n'), variables: { a: 1, b: 2 } },
      { variables: { b: 2, a: 1 }, query },
      { query, operationName: 'A', variables: { a: 1, b: 2 }, extensions: { client: 'x' } },
      { query, variables: { a: 1, b: 2, undeclared: 3 } },
    ];
    for (const body of same) expect(isHit(await post(gateway, body))).toBe(true);
    const others = [
      { query, variables: { a: 1, b: 3 } },
      { query, variables: { a: 2, b: 2 } },
      { query: query.replace('id', 'id name'), variables: { a: 1, b: 2 } },
      { query: query.replace('items', 'all: items'), variables: { a: 1, b: 2 } },
    ];
    for (const body of others) expect(statusOf(await post(gateway, body))).toBe('fwd=miss; stored');
  });

  it.each([
    ['extensions that are a list', { extensions: [] }],
    ['an operation name that is a number', { operationName: 42 }],
    ['variables that are a string', { variables: 'x' }],
  ])('is not served to an invalid request with %s', async (_, fault) => {
    twoSellers();
    const query = '{ sellers { items { id } } }';
    const [cold, warm] = [await startGateway(), await startGateway()];
    await post(warm, { query });
    const [first, second] = [await post(cold, { query, ...fault }), await post(warm, { query, ...fault })];
    expect([second.status, second.text]).toEqual([first.status, first.text]);
    expect(isHit(second)).toBe(false);
  });

  it('is served to GET as well', async () => {
    twoSellers();
    const gateway = await startGateway();
    const query = '{ sellers { items { id } } }';
    const { text } = await post(gateway, { query });
    const path = `/graphql?query=${encodeURIComponent(query)}`;
    const answer = await fetch(`${gateway.origin}${path}`);
    expect(answer.headers.get('cache-status')).toBe('catalog-gateway; hit; ttl=600');
    expect(await answer.text()).toBe(text);
  });

  it('is computed once for simultaneous requests', async () => {
    const upstream = twoSellers();
    const gateway = await startGateway();
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(gateway, SellersDocument)));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(upstream.calls('GET /Seller')).toBe(1);
    expect(answers.map(statusOf).filter((status) => status === 'fwd=miss; stored')).toHaveLength(1);
  });
});

describe('an invalidation', () => {
  it('removes the responses that depend on its tags, and no others', async () => {
    const upstream = twoSellers();
    const gateway = await startGateway({ ADMIN_TOKEN });
    const catalogsOf = (sellerId: string) => ask(gateway, FutureCatalogsDocument, { sellerId });
    for (const sellerId of ['1', '2']) await catalogsOf(sellerId);
    const page = () => ask(gateway, SellersWithFutureCatalogsDocument);
    await page();
    upstream.catalogs[0] = catalogRecord({ id: 10, sellerIds: [1], title: 'Renamed' });
    await gateway.query(InvalidateDocument, { tags: ['catalogs:seller:1'] }, ADMIN_TOKEN);
    expect(isHit(await catalogsOf('2'))).toBe(true);
    const renewed = await catalogsOf('1');
    expect(statusOf(renewed)).toBe('fwd=miss; stored');
    expect(renewed.text).toContain('Renamed');
    expect((await page()).text).toContain('Renamed');
  });

  it('during an execution prevents its outdated response from being stored', async () => {
    const upstream = twoSellers();
    const gateway = await startGateway({ ADMIN_TOKEN });
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
    upstream.fail('GET /Seller', async () => {
      await held;
      return undefined;
    });
    const early = ask(gateway, SellersDocument);
    await upstream.arrival('GET /Seller', 1);
    upstream.recover('GET /Seller');
    await gateway.query(InvalidateDocument, { tags: ['sellers'] }, ADMIN_TOKEN);
    const late = await ask(gateway, SellersDocument);
    expect(statusOf(late)).toBe('fwd=miss; stored');
    letGo();
    expect(statusOf(await early)).toBe('fwd=miss');
    expect(isHit(await ask(gateway, SellersDocument))).toBe(true);
    expect(upstream.calls('GET /Seller')).toBe(2);
  });
});

describe('the end of the business day', () => {
  it('separates later requests from an execution that began before it', async () => {
    const upstream = twoSellers();
    const gateway = await startGateway();
    upstream.catalogs[0] = catalogRecord({ id: 10, sellerIds: [1], startDate: '2026-06-15T18:00:00Z' });
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
    upstream.fail('GET /Catalog', async () => {
      await held;
      return undefined;
    });
    const future = () => ask(gateway, FutureCatalogsDocument, { sellerId: '1' });
    const today = future();
    await upstream.arrival('GET /Catalog', 1);
    gateway.clock.ms += 12 * 3_600_000;
    const tomorrow = future();
    letGo();
    expect((await today).body.data).toHaveProperty('futureCatalogs.totalItems', 1);
    expect((await tomorrow).body.data).toHaveProperty('futureCatalogs.totalItems', 0);
  });
});

describe('a stale response', () => {
  it('is served at once, marked stale, while one refresh runs in the background', async () => {
    const upstream = twoSellers();
    const gateway = await startGateway();
    await ask(gateway, SellersDocument);
    upstream.sellers[0] = sellerRecord({ id: 1, name: 'Renamed' });
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
    upstream.fail('GET /Seller', async () => {
      await held;
      return undefined;
    });
    gateway.clock.ms += 605_000;
    const stale = await Promise.all(Array.from({ length: 10 }, () => ask(gateway, SellersDocument)));
    expect(new Set(stale.map(statusOf))).toEqual(new Set(['hit; ttl=-5']));
    expect(stale[0]?.headers.get('age')).toBe('605');
    letGo();
    await expect.poll(async () => (await ask(gateway, SellersDocument)).text).toContain('Renamed');
    expect(upstream.calls('GET /Seller')).toBe(2);
  });

  it('is served while the upstream fails, without a load for each request', async () => {
    const upstream = twoSellers();
    const gateway = await startGateway({ UPSTREAM_DEADLINE_MS: '100' });
    await ask(gateway, SellersDocument);
    gateway.clock.ms += 605_000;
    upstream.fail('GET /Seller', () => new Response(null, { status: 400 }));
    for (let time = 0; time < 20; time += 1)
      expect(statusOf(await ask(gateway, SellersDocument))).toBe('hit; ttl=-5');
    expect(upstream.calls('GET /Seller')).toBe(2);
  });
});

describe('the response cache never stores', () => {
  it.each([
    ['an error', { query: '{ nonsense }' }],
    ['an error of arguments', { query: '{ sellers(page: 0) { page } }' }],
    ['a document that does not parse', { query: '{' }],
    [
      'a response with data that bypassed the cache',
      { query: '{ sellers(filter: {name: "One"}) { items { id } } }' },
    ],
    ['a response that used no cache entry', { query: '{ __typename }' }],
    ['an introspection', { query: '{ __schema { types { name } } }' }],
    ['an operation that is not named', { query: 'query A { __typename } query B { __typename }' }],
  ])('%s', async (_, body) => {
    twoSellers();
    const gateway = await startGateway();
    for (let time = 0; time < 2; time += 1) {
      const answer = await post(gateway, body);
      expect(statusOf(answer)).toMatch(/^fwd=(miss|bypass)$/);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.get('etag')).toBeNull();
    }
  });

  it('a partial response', async () => {
    const upstream = twoSellers();
    upstream.fail('GET /Catalog', () => new Response(null, { status: 400 }));
    const gateway = await startGateway();
    const answer = await ask(gateway, SellersWithFutureCatalogsDocument);
    expect(answer.body.data).toHaveProperty('sellers.items.0.futureCatalogs', null);
    expect(statusOf(answer)).toBe('fwd=miss');
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('a mutation or an operator response', async () => {
    twoSellers();
    const gateway = await startGateway({ ADMIN_TOKEN });
    await ask(gateway, SellersDocument);
    const operator = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const asksBoth = { query: '{ sellers { totalItems } cacheEntry(key: "sellers_all") { key } }' };
    expect(statusOf(await post(gateway, asksBoth, operator))).toBe('fwd=bypass');
    const body = { query: 'mutation { invalidate(tags: ["x"]) { at } }' };
    expect(statusOf(await post(gateway, body, operator))).toBe('fwd=bypass');
    expect(statusOf(await post(gateway, body))).toBe('fwd=bypass');
  });

  it('a list of future catalogs beyond the end of the day', async () => {
    const upstream = twoSellers();
    // The day ends in twelve hours, and entries live for a hundred.
    const gateway = await startGateway({ CACHE_TTL_CATALOGS: '360000', CACHE_TTL_SELLERS: '360000' });
    upstream.catalogs[0] = catalogRecord({ id: 10, sellerIds: [1], startDate: '2026-06-15T18:00:00Z' });
    const future = () => ask(gateway, FutureCatalogsDocument, { sellerId: '1' });
    const all = () => ask(gateway, CatalogsDocument, { sellerId: '1' });
    expect((await future()).headers.get('cache-control')).toBe('public, max-age=43200');
    await all();
    gateway.clock.ms += 12 * 3_600_000 - 1;
    expect(statusOf(await future())).toBe('hit; ttl=0');
    gateway.clock.ms += 1;
    const tomorrow = await future();
    expect(isHit(tomorrow)).toBe(false);
    expect(tomorrow.body.data).toHaveProperty('futureCatalogs.totalItems', 0);
    expect(isHit(await all())).toBe(true);
  });

  it('a response over the size limit', async () => {
    mockUpstream({ sellers: [sellerRecord({ id: 1, name: 'x'.repeat(60_000) })] });
    const gateway = await startGateway({ GRAPHQL_MAX_ALIASES: '100' });
    const fields = Array.from({ length: 80 }, (_, index) => `n${index}: name`);
    for (let time = 0; time < 2; time += 1) {
      const answer = await post(gateway, { query: `{ seller(id: 1) { ${fields.join(' ')} } }` });
      expect([answer.status, statusOf(answer)]).toEqual([200, 'fwd=miss']);
    }
  });

  it('any response if the cache is off', async () => {
    twoSellers();
    const gateway = await startGateway({ RESPONSE_CACHE_MB: '0' });
    for (let time = 0; time < 2; time += 1)
      expect(statusOf(await ask(gateway, SellerDocument, { id: '1' }))).toBe('fwd=miss');
  });
});
