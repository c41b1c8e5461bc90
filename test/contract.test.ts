import { describe, expect, it, onTestFinished } from 'vitest';
import {
  CatalogDocument,
  CatalogsDocument,
  FutureCatalogsDocument,
  SellersDocument,
  SellersWithFutureCatalogsDocument,
} from './operations/generated.ts';
import { catalogRecord, sellerRecord } from './support/catalog-api-mock.ts';
import { startGateway, type TestGateway } from './support/gateway.ts';
import { noRedis, startRedis, type TestRedis } from './support/redis.ts';
import { isEntryKey, readEntries, readKeys, untilStored } from './support/redis-content.ts';
import { interceptUpstream } from './support/upstream-mock.ts';

const mockUpstream = interceptUpstream();

const numbered = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const sellerRecords = (count: number) => numbered(count).map((id) => sellerRecord({ id }));

async function redisForTest(): Promise<TestRedis> {
  const redis = await startRedis();
  onTestFinished(() => redis.kill());
  return redis;
}

describe.skipIf(noRedis)('the contract of the cache', () => {
  it('TC-001: a seller hit makes no upstream call', async () => {
    const upstream = mockUpstream({ sellers: sellerRecords(30) });
    const redis = await redisForTest();
    const first = await startGateway({ REDIS_URL: redis.url });
    const cold = await first.query(SellersDocument, {});
    const warm = await first.query(SellersDocument, {});
    await untilStored(redis, 1);
    // Another process has an empty memory, so its response comes from Redis.
    const second = await startGateway({ REDIS_URL: redis.url });
    const fromRedis = await second.query(SellersDocument, {});

    expect(cold.data?.sellers.items).toHaveLength(25);
    expect(warm).toEqual(cold);
    expect(fromRedis).toEqual(cold);
    expect(upstream.calls('GET /Seller')).toBe(1);
  });

  it('TC-002: a miss fetches all pages, projects, and stores', async () => {
    const upstream = mockUpstream({ sellers: sellerRecords(30), pageCap: 10 });
    const redis = await redisForTest();
    const gateway = await startGateway({ REDIS_URL: redis.url });
    const { data } = await gateway.query(SellersDocument, { pageSize: 200 });
    await untilStored(redis, 1);

    expect(data?.sellers.items.map(({ id }) => id)).toEqual(numbered(30).map(String));
    expect(data?.sellers.items[0]).toEqual({ id: '1', name: 'Seller 1', customerDisplayId: 1001 });
    expect(upstream.calls('GET /Seller')).toBe(3);
    const stored = (await readEntries(redis)).sellers_all;
    expect(stored).toContain('Seller 30');
    expect(stored).not.toMatch(/isActive|displayId|catalogs/);
  });

  it('TC-003: a seller filter bypasses the stored list', async () => {
    const upstream = mockUpstream({
      sellers: [...sellerRecords(3), sellerRecord({ id: 9, isActive: false })],
    });
    const redis = await redisForTest();
    const gateway = await startGateway({ REDIS_URL: redis.url });
    await gateway.query(SellersDocument, {});
    const filtered = () => gateway.query(SellersDocument, { filter: { isActive: false } });

    expect((await filtered()).data?.sellers.items.map(({ id }) => id)).toEqual(['9']);
    expect((await filtered()).data?.sellers.totalItems).toBe(1);
    expect(upstream.calls('GET /Seller')).toBe(3);
    expect(upstream.requests('GET /Seller')[1]?.url.searchParams.get('IsActive')).toBe('false');
    await untilStored(redis, 1);
    expect(Object.keys(await readEntries(redis))).toEqual(['sellers_all']);
  });

  it('TC-004: a catalog hit makes no upstream call, and a miss fetches all, projects, and stores', async () => {
    const upstream = mockUpstream({
      catalogs: numbered(30).map((id) => catalogRecord({ id, sellerIds: [7] })),
      pageCap: 10,
    });
    const redis = await redisForTest();
    const first = await startGateway({ REDIS_URL: redis.url });
    const cold = await first.query(FutureCatalogsDocument, { sellerId: '7' });
    await untilStored(redis, 1);
    const second = await startGateway({ REDIS_URL: redis.url });
    const fromRedis = await second.query(FutureCatalogsDocument, { sellerId: '7' });

    expect(cold.data?.futureCatalogs).toMatchObject({ totalItems: 30, totalPages: 2, hasNextPage: true });
    expect(fromRedis).toEqual(cold);
    expect(upstream.calls('GET /Catalog')).toBe(3);
    const stored = (await readEntries(redis)).catalogs_seller_7 ?? '';
    // The generations before the rows are random, and may hold any of these. `null]` ends the JSON in front of the rows.
    const rows = stored.slice(stored.indexOf('null]'));
    expect(rows).toContain('Catalog 30');
    expect(rows).not.toMatch(/lot|A-1|Seller 7|1007/i);
  });

  it('TC-005: a catalog filter bypasses the stored list', async () => {
    const upstream = mockUpstream({
      catalogs: [
        catalogRecord({ id: 1, sellerIds: [7] }),
        catalogRecord({ id: 2, sellerIds: [7], isCompleted: true }),
      ],
    });
    const redis = await redisForTest();
    const gateway = await startGateway({ REDIS_URL: redis.url });
    await gateway.query(CatalogsDocument, { sellerId: '7' });
    const { data } = await gateway.query(CatalogsDocument, { sellerId: '7', filter: { isCompleted: true } });

    expect(data?.catalogs.items.map(({ id }) => id)).toEqual(['2']);
    expect(upstream.calls('GET /Catalog')).toBe(2);
    expect(upstream.requests('GET /Catalog')[1]?.url.searchParams.get('IsCompleted')).toBe('true');
    await untilStored(redis, 1);
    expect(Object.keys(await readEntries(redis))).toEqual(['catalogs_seller_7']);
  });

  it('TC-006: with Redis down it falls back, with one warning and no error', async () => {
    const upstream = mockUpstream({ sellers: sellerRecords(3) });
    const redis = await redisForTest();
    const gateway = await startGateway({ REDIS_URL: redis.url });
    await gateway.query(SellersDocument, {});
    await redis.kill();
    gateway.clock.ms += 24 * 60 * 60_000;
    const answer = await gateway.query(SellersDocument, {});
    await gateway.query(SellersDocument, { filter: { isActive: true } });

    expect(answer.errors).toEqual([]);
    expect(answer.data?.sellers.totalItems).toBe(3);
    expect(upstream.calls('GET /Seller')).toBe(3);
    expect(gateway.events.filter(({ type }) => type === 'store-down')).toHaveLength(1);
    expect(gateway.events.filter(({ type }) => type === 'internal-error')).toEqual([]);
    const ready = await fetch(`${gateway.origin}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([200, { ready: true, redis: 'down' }]);
  });

  it('TC-007: every key starts with the prefix, the version and a digest, and expires', async () => {
    mockUpstream({ sellers: sellerRecords(3), catalogs: [catalogRecord({ id: 5, sellerIds: [1, 2] })] });
    const redis = await redisForTest();
    const gateway = await startGateway({
      REDIS_URL: redis.url,
      CACHE_KEY_PREFIX: 'shop:',
      CACHE_VERSION: '7',
      CACHE_TTL_FILTER: '60',
    });
    await gateway.query(SellersWithFutureCatalogsDocument, {});
    await gateway.query(CatalogDocument, { id: '99' });
    await gateway.query(SellersDocument, { filter: { name: 'Seller 1 {x}', isActive: true } });
    await untilStored(redis, 6);

    const keys = Object.keys(await readKeys(redis)).sort();
    for (const key of keys) expect(key).toMatch(/^shop:7\.[0-9a-v]{8}:/);
    const [namespace = ''] = keys.filter(isEntryKey).map((key) => key.split('{')[0]);
    expect(keys.filter(isEntryKey)).toEqual([
      `${namespace}{catalog_99}`,
      `${namespace}{catalogs_seller_1}`,
      `${namespace}{catalogs_seller_2}`,
      `${namespace}{catalogs_seller_3}`,
      `${namespace}{sellers_all}`,
      `${namespace}{sellers_where_isActive=true&name=Seller+1+%7Bx%7D}`,
    ]);
    expect(Object.values(await readKeys(redis, 'pttl')).every((ttl) => Number(ttl) > 0)).toBe(true);
  });

  it('TC-P01: startDate is an instant after every path', async () => {
    mockUpstream({ catalogs: [catalogRecord({ id: 5, sellerIds: [7], startDate: '2026-09-01T00:00:00' })] });
    const redis = await redisForTest();
    const variables = { REDIS_URL: redis.url, UPSTREAM_TIME_ZONE: 'America/New_York' };
    const startDates = async (gateway: TestGateway) => [
      (await gateway.query(FutureCatalogsDocument, { sellerId: '7' })).data?.futureCatalogs.items[0]
        ?.startDate,
      (await gateway.query(CatalogDocument, { id: '5' })).data?.catalog?.startDate,
    ];
    const first = await startGateway(variables);
    const fromUpstream = await startDates(first);
    const fromMemory = await startDates(first);
    await untilStored(redis, 1);
    const fromRedis = await startDates(await startGateway(variables));
    const byId = await startGateway(variables);
    const withoutList = (await byId.query(CatalogDocument, { id: '5' })).data?.catalog?.startDate;

    for (const startDate of [...fromUpstream, ...fromMemory, ...fromRedis, withoutList]) {
      expect(startDate).toBe('2026-09-01T04:00:00.000Z');
    }
  });

  it('TC-P02: page 2 of 30 at size 25 has 5 items and true metadata on hit and miss', async () => {
    mockUpstream({ sellers: sellerRecords(30) });
    const redis = await redisForTest();
    const gateway = await startGateway({ REDIS_URL: redis.url });
    const miss = await gateway.query(SellersDocument, { page: 2, pageSize: 25 });
    const memoryHit = await gateway.query(SellersDocument, { page: 2, pageSize: 25 });
    await untilStored(redis, 1);
    const other = await startGateway({ REDIS_URL: redis.url });
    const redisHit = await other.query(SellersDocument, { page: 2, pageSize: 25 });

    expect(miss.data?.sellers.items).toHaveLength(5);
    expect(miss.data?.sellers).toMatchObject({
      page: 2,
      pageSize: 25,
      totalItems: 30,
      totalPages: 2,
      hasPreviousPage: true,
      hasNextPage: false,
    });
    expect(memoryHit).toEqual(miss);
    expect(redisHit).toEqual(miss);
  });
});
