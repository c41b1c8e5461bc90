import { describe, expect, it, onTestFinished } from 'vitest';
import { catalogRecord, type MockRoute, sellerRecord } from '../../support/catalog-api-mock.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { post } from '../../support/http-client.ts';
import { startRedis } from '../../support/redis.ts';
import { interceptUpstream } from '../../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();

const SELLERS = [1, 2].map((id) => sellerRecord({ id, name: `Seller ${id}` }));
const CATALOGS = [1, 2].map((id) => catalogRecord({ id, sellerIds: [id] }));

// Stale: past the time to live of sellers and catalogs, but not dead.
const STALE_MS = 11 * 60_000;
const DEAD_MS = 2 * 60 * 60_000;

const ROUTES: readonly MockRoute[] = ['GET /Seller', 'GET /Seller/{id}', 'GET /Catalog', 'GET /Catalog/{id}'];

let wordings = 0;

/** Sends a document that has no stored response. */
function reworded(gateway: TestGateway, selection: string, headers: Record<string, string> = {}) {
  wordings += 1;
  return post(gateway, { query: `query Q${wordings} { answer: ${selection} }` }, headers);
}

async function start() {
  const upstream = mockUpstream({ sellers: SELLERS, catalogs: CATALOGS });
  const gateway = await startGateway();
  const fail = () => {
    for (const route of ROUTES) upstream.fail(route, () => new Response(null, { status: 400 }));
  };
  return { upstream, gateway, fail };
}

const LISTS = '{ sellers { items { id } } catalogs(sellerId: 1) { items { id } } }';

const DEMANDS = [
  {},
  { 'cache-control': 'no-cache' },
  { 'cache-control': 'max-age=1' },
  { 'cache-control': 'no-store' },
];

describe.each([
  ['a seller', 'seller(id: 1) { name }', { name: 'Seller 1' }],
  ['a catalog', 'catalog(id: 1) { title }', { title: 'Catalog 1' }],
])('%s that came in a list, while the upstream fails', (_, selection, expected) => {
  it.each(DEMANDS)('is served from the stale list with %j, with its true age', async (headers) => {
    const { gateway, fail } = await start();
    await post(gateway, { query: LISTS });
    gateway.clock.ms += STALE_MS;
    fail();
    const answer = await reworded(gateway, selection, headers);
    expect(answer.body).toEqual({ data: { answer: expected } });
    if (headers['cache-control'] !== 'no-store')
      expect(answer.headers.get('age')).toBe(String(STALE_MS / 1000));
  });

  it('is served from a fresh list that is too old for no-cache', async () => {
    const { gateway, fail } = await start();
    await post(gateway, { query: LISTS });
    gateway.clock.ms += 60_000;
    fail();
    const answer = await reworded(gateway, selection, { 'cache-control': 'no-cache' });
    expect(answer.body).toEqual({ data: { answer: expected } });
    expect(answer.headers.get('age')).toBe('60');
  });

  it('is served from its own entry if the list is dead', async () => {
    const { gateway, fail } = await start();
    await post(gateway, { query: LISTS });
    gateway.clock.ms += 60 * 60_000;
    await reworded(gateway, selection, { 'cache-control': 'no-cache' });
    gateway.clock.ms += 20 * 60_000;
    fail();
    expect((await reworded(gateway, selection)).body).toEqual({ data: { answer: expected } });
  });

  it('is an error if the list is dead', async () => {
    const { gateway, fail } = await start();
    await post(gateway, { query: LISTS });
    gateway.clock.ms += DEAD_MS;
    fail();
    const { body } = await reworded(gateway, selection);
    expect(body.errors).toMatchObject([{ extensions: { code: 'UPSTREAM_REJECTED' } }]);
  });

  it('is loaded individually if the upstream works', async () => {
    const { upstream, gateway } = await start();
    await post(gateway, { query: LISTS });
    gateway.clock.ms += STALE_MS;
    upstream.sellers[0] = sellerRecord({ id: 1, name: 'Renamed' });
    upstream.catalogs[0] = catalogRecord({ id: 1, title: 'Renamed' });
    expect((await reworded(gateway, selection)).text).toContain('Renamed');
  });

  it('is served from its own entry if that is newer than the list', async () => {
    const { upstream, gateway, fail } = await start();
    await post(gateway, { query: LISTS });
    gateway.clock.ms += 4 * 60_000;
    upstream.sellers[0] = sellerRecord({ id: 1, name: 'Renamed' });
    upstream.catalogs[0] = catalogRecord({ id: 1, title: 'Renamed' });
    await reworded(gateway, selection, { 'cache-control': 'no-cache' });
    gateway.clock.ms += STALE_MS;
    fail();
    expect((await reworded(gateway, selection)).text).toContain('Renamed');
  });
});

it('does not treat a missing id in a stale list as proof that the seller does not exist', async () => {
  const { gateway, fail } = await start();
  await post(gateway, { query: LISTS });
  gateway.clock.ms += STALE_MS;
  fail();
  const { body } = await reworded(gateway, 'seller(id: 7) { name }');
  expect(body.errors).toMatchObject([{ extensions: { code: 'UPSTREAM_REJECTED' } }]);
});

it.each([
  ['sellers(page: 2, pageSize: 1) { items { id } }', { items: [{ id: '2' }] }],
  ['futureCatalogs(sellerId: 1) { items { id } }', { items: [{ id: '1' }] }],
  ['seller(id: 1) { futureCatalogs { items { id } } }', { futureCatalogs: { items: [{ id: '1' }] } }],
])('serves %s from stale entries, for any document and Cache-Control', async (selection, expected) => {
  const { gateway, fail } = await start();
  await post(gateway, { query: LISTS });
  gateway.clock.ms += STALE_MS;
  fail();
  for (const headers of DEMANDS)
    expect((await reworded(gateway, selection, headers)).body).toEqual({ data: { answer: expected } });
});

it('no-cache gets the cached filtered list if the upstream fails', async () => {
  const upstream = mockUpstream({ sellers: SELLERS });
  const gateway = await startGateway({ CACHE_TTL_FILTER: '60' });
  const selection = 'sellers(filter: { name: "Seller 1" }) { items { id } }';
  const { body } = await reworded(gateway, selection);
  gateway.clock.ms += 30_000;
  upstream.fail('GET /Seller', () => new Response(null, { status: 400 }));
  const answer = await reworded(gateway, selection, { 'cache-control': 'no-cache' });
  expect(answer.body).toEqual(body);
  expect(answer.headers.get('age')).toBe('30');
});

describe('a stored response whose entries are gone, while the upstream fails', () => {
  async function startApart() {
    const redis = await startRedis();
    onTestFinished(() => redis.kill());
    const plain = redis.connect();
    onTestFinished(() => plain.disconnect());
    const upstream = mockUpstream({ sellers: SELLERS });
    const query = '{ seller(id: 1) { name } }';
    const first = await startGateway({ REDIS_URL: redis.url });
    const { text } = await post(first, { query });
    await expect.poll(() => plain.keys('*{answer_*')).toHaveLength(1);
    const [entry] = await plain.keys('*{seller_1}');
    await plain.del(entry as string);
    const second = await startGateway({ REDIS_URL: redis.url });
    second.clock.ms += 60_000;
    upstream.fail('GET /Seller/{id}', () => new Response(null, { status: 400 }));
    const ask = (cacheControl: string) => post(second, { query }, { 'cache-control': cacheControl });
    return { second, ask, text };
  }

  it.each(['no-cache', 'max-age=10', 'no-store'])(
    'is served to %s, marked stale-if-error',
    async (cacheControl) => {
      const { ask, text } = await startApart();
      const answer = await ask(cacheControl);
      expect([answer.status, answer.text]).toEqual([200, text]);
      expect(answer.headers.get('age')).toBe('60');
      expect(answer.headers.get('cache-status')).toBe(
        'catalog-gateway; fwd=request; ttl=540; detail=stale-if-error',
      );
    },
  );

  it('is not served if it is dead', async () => {
    const { second, ask } = await startApart();
    second.clock.ms += DEAD_MS;
    expect((await ask('no-cache')).body.errors).toMatchObject([
      { extensions: { code: 'UPSTREAM_REJECTED' } },
    ]);
  });
});

it('applies its own times to live to responses that another gateway stored', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.kill());
  const plain = redis.connect();
  onTestFinished(() => plain.disconnect());
  mockUpstream({ sellers: SELLERS });
  const query = '{ sellers { totalItems } }';
  const first = await startGateway({ REDIS_URL: redis.url });
  await post(first, { query });
  await expect.poll(() => plain.keys('*{answer_*')).toHaveLength(1);
  const second = await startGateway({
    ...{ REDIS_URL: redis.url, CACHE_TTL_SELLERS: '60', CACHE_TTL_STALE: '60' },
  });
  second.clock.ms += 50_000;
  const { headers } = await post(second, { query });
  expect(headers.get('age')).toBe('50');
  expect(headers.get('cache-control')).toContain('max-age=66,');
  second.clock.ms += 80_000;
  expect((await post(second, { query })).headers.get('age')).toBe('0');
});
