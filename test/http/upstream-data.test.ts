import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import { CatalogsDocument, SellersDocument } from '../operations/generated.ts';
import { catalogRecord, type MockFault, sellerRecord } from '../support/catalog-api-mock.ts';
import { startGateway } from '../support/gateway.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();

const sellers = Array.from({ length: 25 }, (_, index) => sellerRecord({ id: index + 1 }));
const HOUR_MS = 3_600_000;

/** The first ten of 25 sellers, as if they were the complete list. */
const short: MockFault = () =>
  HttpResponse.json({
    items: sellers.slice(0, 10),
    pageNumber: 1,
    totalPages: 1,
    totalItems: 25,
    hasNextPage: true,
  });

describe('a list with fewer items than the upstream states', () => {
  it.each([
    ['without a filter', {}],
    ['with a filter', { filter: { isActive: true } }],
  ])('is UPSTREAM_INVALID, and is not cached: %s', async (_case, variables) => {
    const upstream = mockUpstream({ sellers });
    const gateway = await startGateway({ CACHE_TTL_FILTER: '600' });
    upstream.fail('GET /Seller', short);
    const { data, errors } = await gateway.query(SellersDocument, variables);
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ path: ['sellers'], extensions: { code: 'UPSTREAM_INVALID' } }]);
    expect(gateway.events).toContainEqual({
      type: 'upstream-list-incomplete',
      route: 'GET /Seller',
      expected: 25,
      found: 10,
    });
    upstream.recover('GET /Seller');
    gateway.clock.ms += 60_000;
    expect((await gateway.query(SellersDocument, variables)).data?.sellers.totalItems).toBe(25);
  });

  it('does not replace the stale list', async () => {
    const upstream = mockUpstream({ sellers });
    const gateway = await startGateway({ CACHE_TTL_SELLERS: '60' });
    await gateway.query(SellersDocument, {});
    upstream.fail('GET /Seller', short);
    for (let round = 0; round < 3; round += 1) {
      gateway.clock.ms += HOUR_MS / 4;
      const { data, errors } = await gateway.query(SellersDocument, {});
      expect([data?.sellers.totalItems, errors]).toEqual([25, []]);
    }
    expect(gateway.events.filter(({ type }) => type === 'upstream-list-incomplete')).not.toEqual([]);
  });
});

describe('a date at the limit of the representable range', () => {
  it.each(['America/New_York', 'UTC', 'Asia/Tokyo'])(
    'is accepted as a filter, and reaches the upstream with a four-digit year: %s',
    async (zone) => {
      const upstream = mockUpstream({
        catalogs: [
          catalogRecord({ id: 1, sellerIds: [7], startDate: '9999-12-31T23:59:59.9999999' }),
          catalogRecord({ id: 2, sellerIds: [7], startDate: '0001-01-01T00:00:00' }),
        ],
      });
      const gateway = await startGateway({ UPSTREAM_TIME_ZONE: zone });
      const all = await gateway.query(CatalogsDocument, { sellerId: '7' });
      const [last, undated] = all.data?.catalogs.items ?? [];
      expect(undated).toMatchObject({ id: '2', startDate: null });
      expect(last?.startDate).toMatch(/^9999-12-31T/);
      const filter = { startDate: last?.startDate ?? null };
      const filtered = await gateway.query(CatalogsDocument, { sellerId: '7', filter });
      expect(filtered.errors).toEqual([]);
      expect(filtered.data?.catalogs.items).toMatchObject([{ id: '1' }]);
      for (const [endDate, sent] of [
        ['9999-12-31T23:59:59.999Z', /^9999-12-31T\d\d:59:59\.999$/],
        ['0001-01-01T00:00:00Z', /^0001-01-01T\d\d:\d\d:\d\d$/],
      ] as const) {
        await gateway.query(CatalogsDocument, { sellerId: '7', filter: { endDate } });
        const { url } = upstream.requests('GET /Catalog').at(-1) ?? {};
        expect(url?.searchParams.get('EndDate')).toMatch(sent);
      }
    },
  );
});
