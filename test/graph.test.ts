import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import {
  CatalogDocument,
  CatalogsDocument,
  FutureCatalogsDocument,
  SellerDocument,
  SellersDocument,
  SellersWithFutureCatalogsDocument,
  SellerWithCatalogsDocument,
} from './operations/generated.ts';
import { catalogRecord, sellerRecord } from './support/catalog-api-mock.ts';
import { NOW, startGateway, type TestGateway } from './support/gateway.ts';
import { interceptUpstream } from './support/upstream-mock.ts';

const mockUpstream = interceptUpstream();

const HOUR_MS = 60 * 60_000;

const numbered = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const sellerRecords = (count: number) => numbered(count).map((id) => sellerRecord({ id }));

async function futureIds(gateway: TestGateway, sellerId = '7') {
  const { data } = await gateway.query(FutureCatalogsDocument, { sellerId });
  return data?.futureCatalogs.items.map(({ id }) => id);
}

describe('a page of sellers with their future catalogs', () => {
  it('costs two upstream calls cold and none warm', async () => {
    const upstream = mockUpstream({
      sellers: sellerRecords(100),
      catalogs: numbered(100).map((id) => catalogRecord({ id, sellerIds: [id] })),
    });
    const gateway = await startGateway();
    const cold = await gateway.query(SellersWithFutureCatalogsDocument, { page: 2 });
    expect(upstream.calls()).toBe(2);
    const warm = await gateway.query(SellersWithFutureCatalogsDocument, { page: 2 });
    expect(upstream.calls()).toBe(2);
    expect(warm).toEqual(cold);
    expect(cold.data?.sellers.items[0]?.futureCatalogs?.items[0]?.id).toBe('26');
    expect(upstream.requests('GET /Catalog')[0]?.url.searchParams.getAll('SellerIds')).toHaveLength(25);
  });

  it('requests from the upstream only the catalogs of sellers that are not cached', async () => {
    const upstream = mockUpstream({ sellers: sellerRecords(3) });
    const gateway = await startGateway();
    await futureIds(gateway, '2');
    await gateway.query(SellersWithFutureCatalogsDocument, {});
    expect(upstream.requests('GET /Catalog')[1]?.url.searchParams.getAll('SellerIds')).toEqual(['1', '3']);
  });

  it('gives a shared catalog to each of its sellers', async () => {
    mockUpstream({ sellers: sellerRecords(3), catalogs: [catalogRecord({ id: 5, sellerIds: [1, 3] })] });
    const gateway = await startGateway();
    const { data } = await gateway.query(SellersWithFutureCatalogsDocument, {});
    expect(
      data?.sellers.items.map(({ futureCatalogs }) => futureCatalogs?.items.map(({ id }) => id)),
    ).toEqual([['5'], [], ['5']]);
  });

  it('survives failed catalogs of one seller: they are null, with an error at their path', async () => {
    const upstream = mockUpstream({ sellers: sellerRecords(2) });
    const gateway = await startGateway();
    await futureIds(gateway, '1');
    upstream.fail('GET /Catalog', () => new HttpResponse(null, { status: 500 }));
    const { data, errors } = await gateway.query(SellersWithFutureCatalogsDocument, {});
    expect(data?.sellers.items).toMatchObject([
      { name: 'Seller 1', futureCatalogs: { items: [] } },
      { name: 'Seller 2', futureCatalogs: null },
    ]);
    expect(errors).toMatchObject([
      { path: ['sellers', 'items', 1, 'futureCatalogs'], extensions: { code: 'UPSTREAM_UNAVAILABLE' } },
    ]);
  });

  it('batches filtered catalogs of several sellers into one upstream call', async () => {
    const upstream = mockUpstream({
      sellers: sellerRecords(2),
      catalogs: [
        catalogRecord({ id: 1, sellerIds: [1], isCompleted: true }),
        catalogRecord({ id: 2, sellerIds: [2] }),
      ],
    });
    const gateway = await startGateway();
    const response = await fetch(`${gateway.origin}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        query:
          '{ sellers { items { catalogs(filter: { isCompleted: true, title: null }) { totalItems } } } }',
      }),
    });
    expect(await response.json()).toEqual({
      data: { sellers: { items: [{ catalogs: { totalItems: 1 } }, { catalogs: { totalItems: 0 } }] } },
    });
    expect(upstream.calls('GET /Catalog')).toBe(1);
  });
});

describe('a list of sellers', () => {
  it('has page 2 of 1,203 sellers when the upstream caps pages at 500', async () => {
    const upstream = mockUpstream({ sellers: sellerRecords(1203), pageCap: 500 });
    const gateway = await startGateway();
    const { data } = await gateway.query(SellersDocument, { page: 2, pageSize: 200 });
    expect(data?.sellers).toMatchObject({ totalItems: 1203, totalPages: 7, hasNextPage: true });
    expect(data?.sellers.items.map(({ id }) => id)).toEqual(
      numbered(200).map((number) => String(200 + number)),
    );
    expect(upstream.calls('GET /Seller')).toBe(3);
  });

  it('keeps the order of the upstream', async () => {
    mockUpstream({ sellers: [5, 3, 9].map((id) => sellerRecord({ id })) });
    const { data } = await (await startGateway()).query(SellersDocument, {});
    expect(data?.sellers.items.map(({ id }) => id)).toEqual(['5', '3', '9']);
  });

  it('is the same with an empty filter', async () => {
    const upstream = mockUpstream({ sellers: sellerRecords(3) });
    const gateway = await startGateway();
    const plain = await gateway.query(SellersDocument, {});
    expect(await gateway.query(SellersDocument, { filter: {} })).toEqual(plain);
    expect(await gateway.query(SellersDocument, { filter: { name: null } })).toEqual(plain);
    expect(upstream.calls()).toBe(1);
  });

  it('caches a filtered list for the configured time', async () => {
    const upstream = mockUpstream({ sellers: sellerRecords(3) });
    const gateway = await startGateway({ CACHE_TTL_FILTER: '60' });
    const filtered = () =>
      gateway
        .query(SellersDocument, { filter: { isActive: true, name: 'Seller 2' } })
        .then(({ data }) => data);
    const first = await filtered();
    expect(first?.sellers.items.map(({ id }) => id)).toEqual(['2']);
    // The same filter with its fields in another order.
    await gateway.query(SellersDocument, { filter: { name: 'Seller 2', isActive: true } });
    expect(upstream.calls()).toBe(1);
    gateway.clock.ms += 60_000;
    await filtered();
    expect(upstream.calls()).toBe(2);
  });

  it('is served stale and refreshed in the background until its stale time ends', async () => {
    const upstream = mockUpstream({ sellers: sellerRecords(1) });
    const gateway = await startGateway({ CACHE_TTL_SELLERS: '60', CACHE_TTL_STALE: '3600' });
    const total = async () => (await gateway.query(SellersDocument, {})).data?.sellers.totalItems;
    expect(await total()).toBe(1);
    upstream.sellers.push(sellerRecord({ id: 2 }));
    gateway.clock.ms += 60_000;
    expect(await total()).toBe(1);
    await expect.poll(total).toBe(2);
  });

  it('is served stale while the upstream fails, and is an error after its stale time', async () => {
    const upstream = mockUpstream({ sellers: sellerRecords(1) });
    const gateway = await startGateway({ CACHE_TTL_SELLERS: '60', CACHE_TTL_STALE: '3600' });
    await gateway.query(SellersDocument, {});
    upstream.fail('GET /Seller', () => new HttpResponse(null, { status: 500 }));
    gateway.clock.ms += HOUR_MS;
    expect((await gateway.query(SellersDocument, {})).data?.sellers.totalItems).toBe(1);
    gateway.clock.ms += HOUR_MS;
    const { data, errors } = await gateway.query(SellersDocument, {});
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ path: ['sellers'], extensions: { code: 'UPSTREAM_UNAVAILABLE' } }]);
    upstream.recover('GET /Seller');
    // A failed load is not retried during the pause.
    gateway.clock.ms += 1000;
    expect((await gateway.query(SellersDocument, {})).data?.sellers.totalItems).toBe(1);
  });
});

describe('a filter', () => {
  it('takes an id in every form that other arguments take', async () => {
    const upstream = mockUpstream({ sellers: sellerRecords(3) });
    const gateway = await startGateway();
    const { data } = await gateway.query(SellersDocument, { filter: { id: '2' } });
    expect(data?.sellers.items.map(({ id }) => id)).toEqual(['2']);
    expect(upstream.requests('GET /Seller')[0]?.url.searchParams.get('Id')).toBe('2');
    const { errors } = await gateway.query(SellersDocument, { filter: { id: 'two' } });
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(errors[0]?.message).toContain('filter.id must be');
  });

  it('that is too long for a URL is refused without an upstream call', async () => {
    const upstream = mockUpstream({ sellers: sellerRecords(3) });
    const gateway = await startGateway();
    const { errors } = await gateway.query(SellersDocument, { filter: { name: 'x'.repeat(1001) } });
    expect(errors).toMatchObject([{ path: ['sellers'], extensions: { code: 'BAD_USER_INPUT' } }]);
    const byTitle = await gateway.query(CatalogsDocument, {
      sellerId: '1',
      filter: { title: 'é'.repeat(400) },
    });
    expect(byTitle.errors).toMatchObject([{ path: ['catalogs'], extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(upstream.calls()).toBe(0);
  });
});

describe('one seller', () => {
  it('comes from a cached list without an upstream call', async () => {
    const upstream = mockUpstream({ sellers: sellerRecords(3) });
    const gateway = await startGateway();
    await gateway.query(SellersDocument, {});
    const { data } = await gateway.query(SellerDocument, { id: '2' });
    expect(data?.seller).toEqual({ id: '2', name: 'Seller 2', customerDisplayId: 1002 });
    expect(upstream.calls()).toBe(1);
  });

  it('does not come from a stale list, because this read would not refresh the list', async () => {
    const upstream = mockUpstream({ sellers: [sellerRecord({ id: 2, name: 'Old' })] });
    const gateway = await startGateway({ CACHE_TTL_SELLERS: '60' });
    await gateway.query(SellersDocument, {});
    upstream.sellers[0] = sellerRecord({ id: 2, name: 'New' });
    gateway.clock.ms += 90_000;
    expect((await gateway.query(SellerDocument, { id: '2' })).data?.seller?.name).toBe('New');
  });

  it('is loaded by its id if no list is cached, and is cached', async () => {
    const upstream = mockUpstream({ sellers: sellerRecords(3) });
    const gateway = await startGateway();
    await gateway.query(SellerDocument, { id: '2' });
    const { data } = await gateway.query(SellerDocument, { id: '2' });
    expect(data?.seller?.name).toBe('Seller 2');
    expect(upstream.calls('GET /Seller/{id}')).toBe(1);
    expect(upstream.calls('GET /Seller')).toBe(0);
  });

  it('is found even if it was added after the list was cached', async () => {
    const upstream = mockUpstream({ sellers: sellerRecords(1) });
    const gateway = await startGateway();
    await gateway.query(SellersDocument, {});
    upstream.sellers.push(sellerRecord({ id: 2 }));
    expect((await gateway.query(SellerDocument, { id: '2' })).data?.seller?.name).toBe('Seller 2');
  });

  it('that is unknown is null, and its absence is cached for a short time', async () => {
    const upstream = mockUpstream({ sellers: [] });
    const gateway = await startGateway({ CACHE_TTL_UNKNOWN: '30' });
    const ask = () => gateway.query(SellerDocument, { id: '99' });
    expect(await ask()).toMatchObject({ data: { seller: null }, errors: [] });
    await ask();
    expect(upstream.calls('GET /Seller/{id}')).toBe(1);
    gateway.clock.ms += 40_000;
    upstream.sellers.push(sellerRecord({ id: 99 }));
    expect((await ask()).data?.seller?.name).toBe('Seller 99');
  });

  it('that is unknown has no catalogs', async () => {
    mockUpstream({ sellers: [] });
    const { data, errors } = await (await startGateway()).query(FutureCatalogsDocument, { sellerId: '99' });
    expect(errors).toEqual([]);
    expect(data?.futureCatalogs).toMatchObject({
      items: [],
      totalItems: 0,
      totalPages: 1,
      hasNextPage: false,
    });
  });

  it('gets its future catalogs and all its catalogs from one read', async () => {
    const upstream = mockUpstream({
      sellers: sellerRecords(7),
      catalogs: [
        catalogRecord({ id: 1, sellerIds: [7], startDate: '2026-01-01T00:00:00' }),
        catalogRecord({ id: 2, sellerIds: [7], startDate: '2026-08-01T00:00:00' }),
        catalogRecord({ id: 3, sellerIds: [7], startDate: null }),
        catalogRecord({ id: 4, sellerIds: [7], startDate: '2026-07-01T00:00:00' }),
      ],
    });
    const gateway = await startGateway();
    const { data } = await gateway.query(SellerWithCatalogsDocument, { id: '7' });
    expect(data?.seller?.futureCatalogs?.items.map(({ id }) => id)).toEqual(['4', '2']);
    expect(data?.seller?.catalogs?.items.map(({ id }) => id)).toEqual(['2', '4', '1', '3']);
    expect(upstream.calls('GET /Catalog')).toBe(1);
  });
});

describe('one catalog', () => {
  it("comes from its seller's list if that is cached", async () => {
    const upstream = mockUpstream({ catalogs: [catalogRecord({ id: 5, sellerIds: [7] })] });
    const gateway = await startGateway();
    await futureIds(gateway);
    const { data } = await gateway.query(CatalogDocument, { id: '5' });
    expect(data?.catalog).toEqual({
      id: '5',
      title: 'Catalog 5',
      customerCatalogId: 'C-5',
      startDate: '2026-09-01T00:00:00.000Z',
    });
    expect(upstream.calls('GET /Catalog/{id}')).toBe(0);
  });

  it('is loaded by its id after its list has expired', async () => {
    const upstream = mockUpstream({ catalogs: [catalogRecord({ id: 5, sellerIds: [7] })] });
    const gateway = await startGateway({ CACHE_TTL_STALE: '0' });
    await futureIds(gateway);
    gateway.clock.ms += HOUR_MS;
    expect((await gateway.query(CatalogDocument, { id: '5' })).data?.catalog?.title).toBe('Catalog 5');
    expect(upstream.calls('GET /Catalog/{id}')).toBe(1);
  });

  it('that is unknown is null, and its absence is cached', async () => {
    const upstream = mockUpstream({ catalogs: [] });
    const gateway = await startGateway();
    const ask = () => gateway.query(CatalogDocument, { id: '99' });
    expect(await ask()).toMatchObject({ data: { catalog: null }, errors: [] });
    await ask();
    expect(upstream.calls('GET /Catalog/{id}')).toBe(1);
  });
});

describe('"future"', () => {
  const aroundMidnight = [
    catalogRecord({ id: 1, sellerIds: [7], startDate: '2026-06-14T23:59:00' }),
    catalogRecord({ id: 2, sellerIds: [7], startDate: '2026-06-15T00:00:00' }),
    catalogRecord({ id: 3, sellerIds: [7], startDate: '2026-06-15T23:59:00' }),
    catalogRecord({ id: 4, sellerIds: [7], startDate: '2026-06-16T00:00:00' }),
  ];

  it.each([
    ['UTC', '2026-06-15T00:00:00Z', '2026-06-15T23:59:59.999Z'],
    ['America/New_York', '2026-06-15T04:00:00Z', '2026-06-16T03:59:59.999Z'],
    ['Pacific/Auckland', '2026-06-14T12:00:00Z', '2026-06-15T11:59:59.999Z'],
  ])('begins at the first instant of today in %s', async (zone, firstInstant, lastInstant) => {
    mockUpstream({ catalogs: aroundMidnight });
    const gateway = await startGateway({ UPSTREAM_TIME_ZONE: zone, BUSINESS_TIME_ZONE: zone });
    gateway.clock.ms = Date.parse(firstInstant) - 1;
    expect(await futureIds(gateway)).toEqual(['1', '2', '3', '4']);
    gateway.clock.ms = Date.parse(firstInstant);
    expect(await futureIds(gateway)).toEqual(['2', '3', '4']);
    gateway.clock.ms = Date.parse(lastInstant);
    expect(await futureIds(gateway)).toEqual(['2', '3', '4']);
    gateway.clock.ms += 1;
    expect(await futureIds(gateway)).toEqual(['4']);
  });

  it('is decided when the response is made, not when the catalogs were cached', async () => {
    const upstream = mockUpstream({ catalogs: aroundMidnight });
    const gateway = await startGateway({ CACHE_TTL_CATALOGS: '86400' });
    gateway.clock.ms = Date.parse('2026-06-14T23:59:59Z');
    expect(await futureIds(gateway)).toEqual(['1', '2', '3', '4']);
    gateway.clock.ms += 1000;
    expect(await futureIds(gateway)).toEqual(['2', '3', '4']);
    expect(upstream.calls()).toBe(1);
  });

  it('reads times without an offset in the upstream time zone, not in the business time zone', async () => {
    mockUpstream({ catalogs: aroundMidnight });
    const gateway = await startGateway({
      UPSTREAM_TIME_ZONE: 'America/New_York',
      BUSINESS_TIME_ZONE: 'Europe/Berlin',
    });
    // In Berlin 15 June began at 22:00 UTC on the 14th, and the first catalog opens at 03:59 UTC on the 15th.
    gateway.clock.ms = NOW;
    expect(await futureIds(gateway)).toEqual(['1', '2', '3', '4']);
  });

  it('lists catalogs with the same start in a stable order', async () => {
    mockUpstream({ catalogs: [3, 1, 2].map((id) => catalogRecord({ id, sellerIds: [7] })) });
    const gateway = await startGateway();
    expect(await futureIds(gateway)).toEqual(['1', '2', '3']);
    const { data } = await gateway.query(CatalogsDocument, { sellerId: '7' });
    expect(data?.catalogs.items.map(({ id }) => id)).toEqual(['3', '2', '1']);
  });
});
