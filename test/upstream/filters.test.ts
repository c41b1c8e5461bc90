import { describe, expect, it } from 'vitest';
import { catalogRecord, sellerRecord } from '../support/catalog-api-mock.ts';
import { upstreamClient } from '../support/upstream-client.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const intercepted = interceptUpstream();

function mocked() {
  return intercepted({ sellers: [sellerRecord({ id: 1 })], catalogs: [catalogRecord({ id: 1 })] });
}

describe('a filter', () => {
  it('of sellers uses the parameter names of the upstream', async () => {
    const mock = mocked();
    await upstreamClient({ pageSize: 50 }).api.sellers({
      id: 1,
      name: 'A & B',
      customerDisplayId: 7,
      isActive: false,
    });
    expect(Object.fromEntries(mock.requests('GET /Seller')[0]?.url.searchParams ?? [])).toEqual({
      Id: '1',
      Name: 'A & B',
      CustomerDisplayId: '7',
      IsActive: 'false',
      PageSize: '50',
      PageNumber: '1',
    });
  });

  it('of catalogs uses the parameter names of the upstream, with dates as wall time in its zone', async () => {
    const mock = mocked();
    await upstreamClient({ timeZone: 'America/New_York' }).api.catalogsOf([1], {
      id: 1,
      customerCatalogId: 'C-1',
      agent: 'AGT01',
      title: 'Fine art',
      startDate: new Date('2026-09-01T04:00:00Z'),
      endDate: new Date('2026-12-01T04:59:59.999Z'),
      isCompleted: true,
    });
    expect(Object.fromEntries(mock.requests('GET /Catalog')[0]?.url.searchParams ?? [])).toEqual({
      Id: '1',
      CustomerCatalogId: 'C-1',
      Agent: 'AGT01',
      Title: 'Fine art',
      StartDate: '2026-09-01T00:00:00',
      EndDate: '2026-11-30T23:59:59.999',
      IsCompleted: 'true',
      SellerIds: '1',
      PageSize: '1000',
      PageNumber: '1',
    });
  });

  it('without fields sends no parameter', async () => {
    const mock = mocked();
    await upstreamClient().api.sellers({});
    expect(mock.requests('GET /Seller')[0]?.url.search).toBe('?PageSize=1000&PageNumber=1');
  });
});
