import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery } from 'graphql';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  CacheEntryDocument,
  InvalidateDocument,
  SellerDocument,
  SellersDocument,
} from './operations/generated.ts';
import { sellerRecord } from './support/catalog-api-mock.ts';
import { startGateway, type TestGateway } from './support/gateway.ts';
import { post } from './support/http-client.ts';
import { noRedis, startRedis } from './support/redis.ts';
import { interceptUpstream } from './support/upstream-mock.ts';

const mockUpstream = interceptUpstream();

const ADMIN_TOKEN = 'a-token-for-operators';

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
  it('makes the next answer a new one', async () => {
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

  it('of one seller reaches the list that shows it', async () => {
    const upstream = mockUpstream({ sellers: [sellerRecord({ id: 1, name: 'Old' })] });
    const gateway = await startGateway({ ADMIN_TOKEN });
    await gateway.query(SellersDocument, {});
    upstream.sellers[0] = sellerRecord({ id: 1, name: 'New' });
    await gateway.query(InvalidateDocument, { tags: ['seller:1'] }, ADMIN_TOKEN);
    expect((await gateway.query(SellerDocument, { id: '1' })).data?.seller?.name).toBe('New');
    expect((await gateway.query(SellersDocument, {})).data?.sellers.items[0]?.name).toBe('New');
  });

  it('is not made by GET, which must change nothing', async () => {
    mockUpstream();
    const gateway = await startGateway({ ADMIN_TOKEN });
    const query = encodeURIComponent('mutation { invalidate(tags: ["sellers"]) { at } }');
    const response = await fetch(`${gateway.origin}/graphql?query=${query}`, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    expect(gateway.events.filter(({ type }) => type === 'invalidated')).toEqual([]);
  });

  it('says so of a tag that nothing was cached under', async () => {
    mockUpstream();
    const gateway = await startGateway({ ADMIN_TOKEN });
    const { data } = await gateway.query(InvalidateDocument, { tags: ['no-such-tag'] }, ADMIN_TOKEN);
    expect(data?.invalidate.tags).toEqual([{ tag: 'no-such-tag', known: false }]);
  });

  it.each([[[]], [['']], [['a b']]])('refuses the tags %j', async (tags) => {
    mockUpstream();
    const gateway = await startGateway({ ADMIN_TOKEN });
    const { errors } = await gateway.query(InvalidateDocument, { tags }, ADMIN_TOKEN);
    expect(errors).toMatchObject([{ path: ['invalidate'], extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it.skipIf(noRedis)('is an error that can be retried where Redis did not take it', async () => {
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
        timeout: 20_000,
      })
      .toMatchObject({ invalidate: { acknowledgedBy: 'redis' } });
  });
});

describe('the cache entry query', () => {
  it('tells what is held under a key, without the value', async () => {
    mockUpstream({ sellers: [sellerRecord({ id: 1 })] });
    const gateway = await startGateway({ ADMIN_TOKEN });
    await gateway.query(SellersDocument, {});
    gateway.clock.ms += 1500;
    const { data } = await gateway.query(CacheEntryDocument, { key: 'sellers_all' }, ADMIN_TOKEN);
    expect(data?.cacheEntry).toMatchObject({
      key: 'cat_v1:{sellers_all}',
      memory: { state: 'fresh', ageMs: 1500, tags: [{ tag: 'sellers', current: true }] },
      redis: null,
    });
  });
});

describe('whoever is no operator', () => {
  it('is forbidden what is theirs', async () => {
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

  it('may call fields and texts of their own by those names, whatever credentials they have', async () => {
    mockUpstream({ sellers: [sellerRecord({ id: 1, name: 'invalidate' })] });
    const gateway = await startGateway({ ADMIN_TOKEN });
    const query = '{ cacheEntry: sellers(filter: { name: "invalidate" }) { totalItems } }';
    const answer = await post(gateway, { query }, { authorization: 'Bearer of-somebody' });
    expect(answer.status).toBe(200);
    expect(gateway.events.map(({ type }) => type)).not.toContain('admin-refused');
  });

  it('does not see it in the schema, and an operator does', async () => {
    mockUpstream();
    const gateway = await startGateway({ ADMIN_TOKEN });
    const seen = await introspect(gateway);
    expect(Object.keys(seen.query)).toEqual(['sellers', 'seller', 'futureCatalogs', 'catalogs', 'catalog']);
    expect(seen.mutation).toBeNull();
    const byOperator = await introspect(gateway, ADMIN_TOKEN);
    expect(Object.keys(byOperator.query)).toContain('cacheEntry');
    expect(Object.keys(byOperator.mutation?.getFields() ?? {})).toEqual(['invalidate']);
  });

  it('is told nothing by guessing', async () => {
    mockUpstream();
    const gateway = await startGateway({ ADMIN_TOKEN });
    const response = await fetch(`${gateway.origin}/graphql?query={cacheEntr}`);
    expect(await response.text()).not.toContain('cacheEntry');
  });

  it('is everybody where no token is set: there is no such field', async () => {
    mockUpstream();
    const gateway = await startGateway();
    const { status, errors } = await gateway.query(CacheEntryDocument, { key: 'sellers_all' }, 'undefined');
    expect(status).toBe(400);
    expect(errors[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
  });
});
