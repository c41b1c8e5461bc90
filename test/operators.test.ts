import { fileURLToPath } from 'node:url';
import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery } from 'graphql';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  CacheEntryDocument,
  InvalidateDocument,
  SellerDocument,
  SellersDocument,
} from './operations/generated.ts';
import { catalogRecord, sellerRecord } from './support/catalog-api-mock.ts';
import { startGateway, type TestGateway } from './support/gateway.ts';
import { post, send } from './support/http-client.ts';
import { noRedis, startRedis } from './support/redis.ts';
import { interceptUpstream } from './support/upstream-mock.ts';

const mockUpstream = interceptUpstream();

const ADMIN_TOKEN = 'a-token-for-operators';
const RIGHT = { authorization: `Bearer ${ADMIN_TOKEN}` };
const WRONG = { authorization: 'Bearer another-token-than-that' };

function refusalsOf({ events }: TestGateway) {
  return events.filter((event) => event.type === 'admin-refused');
}

async function introspect({ origin }: TestGateway, token?: string) {
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query: getIntrospectionQuery() }),
  });
  const { data } = (await response.json()) as { data: IntrospectionQuery };
  const schema = buildClientSchema(data);
  return { query: schema.getQueryType()?.getFields() ?? {}, mutation: schema.getMutationType() };
}

describe('the invalidation mutation', () => {
  it('causes the next response to be loaded again', async () => {
    const upstream = mockUpstream({ sellers: [sellerRecord({ id: 1, name: 'Old' })] });
    const gateway = await startGateway({ ADMIN_TOKEN });
    const nameOf = async () => (await gateway.query(SellersDocument, {})).data?.sellers.items[0]?.name;
    expect(await nameOf()).toBe('Old');
    upstream.sellers[0] = sellerRecord({ id: 1, name: 'New' });
    expect(await nameOf()).toBe('Old');
    const { data } = await gateway.query(InvalidateDocument, { tags: ['sellers'] }, ADMIN_TOKEN);
    expect(data?.invalidate).toEqual({
      tags: [{ tag: 'sellers', known: true }],
      at: '2026-06-15T12:00:00.000Z',
      acknowledgedBy: 'memory',
    });
    expect(await nameOf()).toBe('New');
  });

  it('of one seller invalidates the list that shows the seller', async () => {
    const upstream = mockUpstream({ sellers: [sellerRecord({ id: 1, name: 'Old' })] });
    const gateway = await startGateway({ ADMIN_TOKEN });
    await gateway.query(SellersDocument, {});
    upstream.sellers[0] = sellerRecord({ id: 1, name: 'New' });
    await gateway.query(InvalidateDocument, { tags: ['seller:1'] }, ADMIN_TOKEN);
    expect((await gateway.query(SellerDocument, { id: '1' })).data?.seller?.name).toBe('New');
    expect((await gateway.query(SellersDocument, {})).data?.sellers.items[0]?.name).toBe('New');
  });

  it('is refused by GET, which must not change state', async () => {
    mockUpstream();
    const gateway = await startGateway({ ADMIN_TOKEN });
    const query = encodeURIComponent('mutation { invalidate(tags: ["sellers"]) { at } }');
    const response = await fetch(`${gateway.origin}/graphql?query=${query}`, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    expect(gateway.events.filter(({ type }) => type === 'invalidated')).toEqual([]);
  });

  it('reports a tag that no entry carries', async () => {
    mockUpstream();
    const gateway = await startGateway({ ADMIN_TOKEN });
    const { data } = await gateway.query(InvalidateDocument, { tags: ['seller:42'] }, ADMIN_TOKEN);
    expect(data?.invalidate.tags).toContainEqual({ tag: 'seller:42', known: false });
  });

  it.each([[[]], [['']], [['a b']], [['sellers', 'seler:42']]])('refuses the tags %j', async (tags) => {
    mockUpstream();
    const gateway = await startGateway({ ADMIN_TOKEN });
    const { errors } = await gateway.query(InvalidateDocument, { tags }, ADMIN_TOKEN);
    expect(errors).toMatchObject([{ path: ['invalidate'], extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it('is refused by the admin API too for an invalid tag, of which the error quotes a bounded part', async () => {
    const upstream = mockUpstream();
    const gateway = await startGateway({ ADMIN_TOKEN });
    await gateway.query(SellersDocument, {});
    for (const tag of ['seler:42', `seler:${'4'.repeat(90_000)}`]) {
      const answer = await send(gateway, '/admin/invalidations', {
        method: 'POST',
        headers: { ...RIGHT, 'content-type': 'application/json' },
        body: JSON.stringify({ tags: ['sellers', tag] }),
      });
      expect(answer.status).toBe(400);
      expect(answer.body.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
      expect(answer.text).toContain('seler:4');
      expect(answer.text).toContain('Valid tags are sellers, seller:<id>,');
      expect(answer.text.length).toBeLessThan(400);
    }
    await gateway.query(SellersDocument, {});
    expect(upstream.requests('GET /Seller')).toHaveLength(1);
  });

  it.skipIf(noRedis)('fails with a retryable error if Redis does not accept it', async () => {
    mockUpstream();
    const redis = await startRedis();
    onTestFinished(() => redis.kill());
    const gateway = await startGateway({ ADMIN_TOKEN, REDIS_URL: redis.url });
    await redis.stop();
    const refused = await gateway.query(InvalidateDocument, { tags: ['sellers'] }, ADMIN_TOKEN);
    expect(refused.errors).toMatchObject([{ extensions: { code: 'INVALIDATION_NOT_ACKNOWLEDGED' } }]);
    expect(JSON.stringify(refused)).not.toMatch(/127\.0\.0\.1|ECONN/);
    await redis.restart();
    await expect
      .poll(async () => (await gateway.query(InvalidateDocument, { tags: ['sellers'] }, ADMIN_TOKEN)).data, {
        timeout: 60_000,
      })
      .toMatchObject({ invalidate: { acknowledgedBy: 'redis' } });
  });
});

describe('the hottest keys', () => {
  it('are the lists that most responses read, with their entries in memory', async () => {
    mockUpstream({
      sellers: [sellerRecord({ id: 1 })],
      catalogs: [catalogRecord({ id: 10, sellerIds: [1] })],
    });
    const gateway = await startGateway({ ADMIN_TOKEN });
    const catalogs = '{ futureCatalogs(sellerId: 1) { totalItems } }';
    for (const query of ['{ sellers { totalItems } }', catalogs, catalogs]) await post(gateway, { query });
    const { hottest } = JSON.parse((await send(gateway, '/admin/stats', { headers: RIGHT })).text);
    expect(hottest).toMatchObject([
      {
        key: expect.stringMatching(/^cat_v1\.[0-9a-v]{8}:\{catalogs_seller_1\}$/),
        memory: { state: 'fresh' },
      },
      { key: expect.stringMatching(/^cat_v1\.[0-9a-v]{8}:\{sellers_all\}$/), memory: { state: 'fresh' } },
    ]);
  });
});

describe('the cache entry query', () => {
  it('describes the entry of a key without its value', async () => {
    mockUpstream({ sellers: [sellerRecord({ id: 1 })] });
    const gateway = await startGateway({ ADMIN_TOKEN });
    await gateway.query(SellersDocument, {});
    gateway.clock.ms += 1500;
    const { data } = await gateway.query(CacheEntryDocument, { key: 'sellers_all' }, ADMIN_TOKEN);
    expect(data?.cacheEntry).toMatchObject({
      key: expect.stringMatching(/^cat_v1\.[0-9a-v]{8}:\{sellers_all\}$/),
      memory: { state: 'fresh', ageMs: 1500, tags: [{ tag: 'sellers', current: true }] },
      redis: null,
    });
  });
});

describe('a client without the admin token', () => {
  it('is refused the fields of operators', async () => {
    mockUpstream();
    const gateway = await startGateway({ ADMIN_TOKEN });
    const mutation = await gateway.query(InvalidateDocument, { tags: ['sellers'] });
    const query = await gateway.query(CacheEntryDocument, { key: 'sellers_all' });
    for (const { data, errors } of [mutation, query]) {
      expect(data).toBeNull();
      expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    }
  });

  it.each(['a-token-for-operatorx', ADMIN_TOKEN.slice(0, -1)])(
    'and says to be one is told that the token is wrong, which is counted: %s',
    async (token) => {
      mockUpstream();
      const gateway = await startGateway({ ADMIN_TOKEN });
      const { status, errors } = await gateway.query(InvalidateDocument, { tags: ['sellers'] }, token);
      expect(status).toBe(401);
      expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
      expect(gateway.events).toContainEqual(expect.objectContaining({ type: 'admin-refused', delayMs: 0 }));
      expect(gateway.events.map(({ type }) => type)).not.toContain('invalidated');
    },
  );

  it('may use the names of operator fields for aliases and strings, with any credentials', async () => {
    mockUpstream({ sellers: [sellerRecord({ id: 1, name: 'invalidate' })] });
    const gateway = await startGateway({ ADMIN_TOKEN });
    const query = '{ cacheEntry: sellers(filter: { name: "invalidate" }) { totalItems } }';
    const answer = await post(gateway, { query }, { authorization: 'Bearer of-somebody' });
    expect(answer.status).toBe(200);
    expect(gateway.events.map(({ type }) => type)).not.toContain('admin-refused');
  });

  it('is refused by every method, also in a request that includes introspection', async () => {
    mockUpstream();
    const gateway = await startGateway({ ADMIN_TOKEN });
    const query = '{ __typename __schema { mutationType { name } } cacheEntry(key: "sellers_all") { key } }';
    const answers = [
      await post(gateway, { query }, WRONG),
      await send(gateway, `/graphql?query=${encodeURIComponent(query)}`, { headers: WRONG }),
    ];
    for (const { status, headers } of answers) {
      expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="catalog-gateway"']);
    }
    expect(refusalsOf(gateway)).toHaveLength(2);
  });

  it('gets the same responses as operators where the response is the same for all', async () => {
    mockUpstream({ sellers: [sellerRecord({ id: 1 })] });
    // Stored responses are the same for all clients, so each run starts without any.
    const seen = async (credentials: Record<string, string>) => {
      const gateway = await startGateway({ ADMIN_TOKEN });
      const answers = [];
      for (const query of ['{ sellers { totalItems } }', '{ nonsense }', 'mutation { __typename }', '{']) {
        for (let time = 0; time < 2; time += 1) {
          const { status, headers, text } = await post(gateway, { query }, credentials);
          answers.push([
            status,
            headers.get('cache-status')?.replace(/\d+/g, 'n'),
            headers.get('cache-control'),
            text,
          ]);
        }
      }
      expect(refusalsOf(gateway)).toEqual([]);
      return answers;
    };
    expect(await seen(WRONG)).toEqual(await seen(RIGHT));
  });

  it('gets the public schema for a wrong token, and each attempt is counted', async () => {
    mockUpstream();
    const gateway = await startGateway({ ADMIN_TOKEN });
    for (let time = 0; time < 3; time += 1) {
      expect((await introspect(gateway, 'a-token-of-another-api')).mutation).toBeNull();
    }
    expect(refusalsOf(gateway)).toHaveLength(3);
    expect((await introspect(gateway, ADMIN_TOKEN)).mutation).not.toBeNull();
    expect((await introspect(gateway)).mutation).toBeNull();
    expect(refusalsOf(gateway)).toHaveLength(3);
  });

  it('gets the cached public schema with a wrong token too, and an operator never does', async () => {
    mockUpstream({ sellers: [sellerRecord({ id: 1 })] });
    const gateway = await startGateway({ ADMIN_TOKEN, RESPONSE_CACHE_SHARED: 'true' });
    const query = '{ sellers { totalItems } __type(name: "Mutation") { name } }';
    const ask = async (headers: Record<string, string>) => {
      const { body, headers: told } = await post(gateway, { query }, headers);
      return [body.data?.__type, told.get('cache-status')?.includes('hit')];
    };
    expect(await ask({})).toEqual([null, false]);
    expect(await ask({})).toEqual([null, true]);
    expect(await ask(WRONG)).toEqual([null, true]);
    expect(refusalsOf(gateway)).toHaveLength(1);
    expect(await ask(RIGHT)).toEqual([{ name: 'Mutation' }, false]);
    expect(await ask({})).toEqual([null, true]);
  });

  it('waits for the schema after ten wrong tokens', async () => {
    mockUpstream();
    const gateway = await startGateway({ ADMIN_TOKEN });
    const query = '{ __type(name: "Mutation") { name } }';
    const answers = await Promise.all(Array.from({ length: 11 }, () => post(gateway, { query }, WRONG)));
    expect(answers.map(({ text }) => text)).toEqual(Array(11).fill('{"data":{"__type":null}}'));
    expect(refusalsOf(gateway).map(({ delayMs }) => delayMs)).toEqual([...Array(10).fill(0), 250]);
  });

  it('includes one that sends the token as a password, because browsers do that by themselves', async () => {
    mockUpstream();
    const gateway = await startGateway({ ADMIN_TOKEN });
    const password = { authorization: `Basic ${Buffer.from(`anybody:${ADMIN_TOKEN}`).toString('base64')}` };
    const asked = await post(gateway, { query: '{ cacheEntry(key: "sellers_all") { key } }' }, password);
    expect(asked.body.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    const schema = await post(gateway, { query: '{ __type(name: "Mutation") { name } }' }, password);
    expect(schema.body.data).toEqual({ __type: null });
    const stats = await send(gateway, '/admin/stats', { headers: password });
    expect(stats.status).toBe(200);
  });

  it('cannot run its own document where only trusted documents are accepted, and each attempt is counted', async () => {
    mockUpstream({ sellers: [sellerRecord({ id: 1 })] });
    const manifest = fileURLToPath(import.meta.resolve('./operations/persisted-documents.json'));
    const gateway = await startGateway({
      ADMIN_TOKEN,
      PERSISTED_DOCUMENTS: manifest,
      PERSISTED_ONLY: 'true',
    });
    const ask = (query: string, headers: Record<string, string>) => post(gateway, { query }, headers);
    const plain = '{ sellers { page } }';
    expect((await ask(plain, RIGHT)).body.data).toEqual({ sellers: { page: 1 } });
    expect(refusalsOf(gateway)).toEqual([]);
    const refused = await ask(plain, WRONG);
    expect([refused.status, refused.body.errors?.[0]?.extensions.code]).toEqual([400, 'FORBIDDEN']);
    expect(refusalsOf(gateway)).toHaveLength(1);
    const theirs = '{ cacheEntry(key: "sellers_all") { key } }';
    expect((await ask(theirs, WRONG)).status).toBe(401);
    expect(refusalsOf(gateway)).toHaveLength(2);
    expect((await ask(theirs, RIGHT)).body.data).toHaveProperty('cacheEntry.key');
    expect((await ask(plain, {})).status).toBe(400);
  });

  it('does not see operator fields in the schema, and an operator does', async () => {
    mockUpstream();
    const gateway = await startGateway({ ADMIN_TOKEN });
    const seen = await introspect(gateway);
    expect(Object.keys(seen.query)).toContain('upcomingCatalogs');
    expect(Object.keys(seen.query)).not.toContain('cacheEntry');
    expect(seen.mutation).toBeNull();
    const byOperator = await introspect(gateway, ADMIN_TOKEN);
    expect(Object.keys(byOperator.query)).toContain('cacheEntry');
    expect(Object.keys(byOperator.mutation?.getFields() ?? {})).toEqual(['invalidate']);
  });

  it('learns nothing by guessing', async () => {
    mockUpstream();
    const gateway = await startGateway({ ADMIN_TOKEN });
    const response = await fetch(`${gateway.origin}/graphql?query={cacheEntr}`);
    expect(await response.text()).not.toContain('cacheEntry');
  });

  it('is every client if no token is set: the fields do not exist', async () => {
    mockUpstream();
    const gateway = await startGateway();
    const { status, errors } = await gateway.query(CacheEntryDocument, { key: 'sellers_all' }, 'undefined');
    expect(status).toBe(400);
    expect(errors[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
  });
});
