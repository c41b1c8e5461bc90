import { describe, expect, it } from 'vitest';
import { UpstreamInvalid } from '../../src/domain/errors.ts';
import { catalogRecord, sellerRecord } from '../support/catalog-api-mock.ts';
import { upstreamClient } from '../support/upstream-client.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const mocked = interceptUpstream();

describe('a seller', () => {
  it('is projected to the domain fields', async () => {
    mocked({ sellers: [sellerRecord({ id: 2, name: 'Ḱöln 美術 🎨', customerDisplayId: 4098 })] });
    expect(await upstreamClient().api.seller(2)).toEqual({
      id: 2,
      name: 'Ḱöln 美術 🎨',
      customerDisplayId: 4098,
      isActive: true,
    });
  });

  it.each([
    ['null', { name: null, customerDisplayId: null, isActive: null }],
    ['absent', { name: undefined, customerDisplayId: undefined, isActive: undefined }],
  ])('may have fields that are %s', async (_case, fields) => {
    mocked({ sellers: [sellerRecord({ id: 2, ...fields })] });
    expect(await upstreamClient().api.seller(2)).toEqual({
      ...{ id: 2, name: null, customerDisplayId: null, isActive: null },
    });
  });

  it('that is unknown is null, and so is a catalog', async () => {
    mocked({});
    const { api, eventsOf } = upstreamClient();
    expect(await api.seller(404)).toBeNull();
    expect(await api.catalog(404)).toBeNull();
    expect(eventsOf('upstream-failed')).toEqual([]);
  });
});

describe('a catalog', () => {
  it('is projected to the domain fields, its dates as instants', async () => {
    mocked({ catalogs: [catalogRecord({ id: 7, startDate: '2026-09-01T00:00:00', title: null })] });
    expect(await upstreamClient({ timeZone: 'America/New_York' }).api.catalog(7)).toEqual({
      id: 7,
      title: null,
      customerCatalogId: 'C-7',
      startDate: new Date('2026-09-01T04:00:00Z'),
      agent: 'AGT01',
      endDate: new Date('2026-10-01T03:59:59Z'),
      isCompleted: false,
      sellerIds: [1],
    });
  });

  it.each([null, undefined])('may have fields that are %j', async (nothing) => {
    const fields = { title: nothing, customerCatalogId: nothing, startDate: nothing, agent: nothing };
    const record = { ...catalogRecord({ id: 7 }), ...fields, endDate: nothing, isCompleted: nothing };
    mocked({ catalogs: [{ ...record, sellers: nothing }] });
    expect(await upstreamClient().api.catalog(7)).toEqual({
      ...{ id: 7, title: null, customerCatalogId: null, startDate: null, agent: null, endDate: null },
      ...{ isCompleted: null, sellerIds: [] },
    });
  });

  it.each([[null], [undefined], ['0001-01-01T00:00:00'], ['0001-01-01T00:00:00.0000000']])(
    'without a start date is undated: %j',
    async (startDate) => {
      mocked({
        catalogs: [catalogRecord({ id: 7, startDate })],
      });
      expect(await upstreamClient().api.catalog(7)).toMatchObject({ id: 7, startDate: null });
    },
  );

  it('is not validated by its lots', async () => {
    mocked({ catalogs: [catalogRecord({ id: 7, lots: 'nonsense' })] });
    expect(await upstreamClient().api.catalog(7)).toMatchObject({ id: 7 });
  });
});

describe('an invalid item', () => {
  it('is skipped in its list, counted and reported by field', async () => {
    mocked({
      catalogs: [
        catalogRecord({ id: 1 }),
        catalogRecord({ id: 2, startDate: 'next week' }),
        catalogRecord({ id: 3, startDate: '2026-02-30T00:00:00' }),
        catalogRecord({ id: 4, title: { en: 'Art' } }),
        catalogRecord({ id: 2 ** 31 }),
        catalogRecord({ id: 6, sellers: [{ id: 1 }, { id: '1' }] }),
        catalogRecord({ id: 7 }),
      ],
    });
    const { api, eventsOf } = upstreamClient();
    expect((await api.catalogsOf([1])).get(1)).toMatchObject([{ id: 1 }, { id: 7 }]);
    expect(
      eventsOf('upstream-item-rejected').map(({ route, field, count }) => [route, field, count]),
    ).toEqual([
      ['GET /Catalog', 'startDate', 2],
      ['GET /Catalog', 'title', 1],
      ['GET /Catalog', 'id', 1],
      ['GET /Catalog', 'sellers.id', 1],
    ]);
  });

  it('that is the only one of a list makes it UpstreamInvalid, and is reported', async () => {
    mocked({ sellers: [sellerRecord({ id: 1, name: 5 })] });
    const { api, eventsOf } = upstreamClient();
    await expect(api.sellers()).rejects.toBeInstanceOf(UpstreamInvalid);
    expect(eventsOf('upstream-item-rejected')).toMatchObject([{ field: 'name', count: 1 }]);
  });

  it('that is the only one of a page is skipped in a longer list', async () => {
    mocked({ sellers: [sellerRecord({ id: 1 }), sellerRecord({ id: 2, name: 5 })], pageCap: 1 });
    expect(await upstreamClient().api.sellers()).toMatchObject([{ id: 1 }]);
  });

  it('among only invalid ones makes the response UpstreamInvalid', async () => {
    mocked({ sellers: [sellerRecord({ id: 1, name: 5 }), sellerRecord({ id: 2, name: 5 })] });
    const { api, eventsOf } = upstreamClient();
    await expect(api.sellers()).rejects.toBeInstanceOf(UpstreamInvalid);
    expect(eventsOf('upstream-payload-rejected')).toMatchObject([
      { route: 'GET /Seller', field: 'items.name' },
    ]);
  });

  it('requested by id is UpstreamInvalid', async () => {
    mocked({ sellers: [sellerRecord({ id: 1, name: 5 })] });
    const { api, eventsOf } = upstreamClient();
    await expect(api.seller(1)).rejects.toBeInstanceOf(UpstreamInvalid);
    expect(eventsOf('upstream-payload-rejected')).toMatchObject([
      { route: 'GET /Seller/{id}', field: 'name' },
    ]);
  });
});

describe('a record with an unrequested id', () => {
  it('is UpstreamInvalid and reported for a seller', async () => {
    mocked({}).fail('GET /Seller/{id}', () => Response.json(sellerRecord({ id: 2 })));
    const { api, eventsOf } = upstreamClient();
    await expect(api.seller(1)).rejects.toBeInstanceOf(UpstreamInvalid);
    expect(eventsOf('upstream-payload-rejected')).toMatchObject([{ route: 'GET /Seller/{id}', field: 'id' }]);
  });

  it('is UpstreamInvalid and reported for a catalog', async () => {
    mocked({}).fail('GET /Catalog/{id}', () => Response.json(catalogRecord({ id: 2 })));
    const { api, eventsOf } = upstreamClient();
    await expect(api.catalog(1)).rejects.toBeInstanceOf(UpstreamInvalid);
    expect(eventsOf('upstream-payload-rejected')).toMatchObject([
      { route: 'GET /Catalog/{id}', field: 'id' },
    ]);
  });
});

describe('a response that is not a page', () => {
  it.each([
    ['{}', 'items'],
    ['[]', ''],
    ['null', ''],
    ['<html>', ''],
    ['{"items": [], "totalPages": 1, "totalItems": 1', ''],
    ['{"items": {}, "totalPages": 1, "totalItems": 1}', 'items'],
    ['{"items": [], "totalPages": 1.5, "totalItems": 1}', 'totalPages'],
    ['{"items": [], "totalPages": 1, "totalItems": "many"}', 'totalItems'],
    ['{"items": [], "totalPages": 1, "totalItems": "0"}', 'totalItems'],
    ['{"items": [], "totalPages": 1, "totalItems": null}', 'totalItems'],
    ['{"items": [], "totalPages": 1}', 'totalItems'],
    ['{"items": [], "totalPages": null, "totalItems": 0}', 'totalPages'],
    ['{"totalPages": 1, "totalItems": 0}', 'items'],
    ['{"items": [], "totalPages": 1, "totalItems": 0, "hasNextPage": "no"}', 'hasNextPage'],
  ])('is UpstreamInvalid and reported by route and field: %s', async (body, field) => {
    mocked({}).fail(
      'GET /Seller',
      () => new Response(body, { headers: { 'content-type': 'application/json' } }),
    );
    const { api, eventsOf } = upstreamClient();
    await expect(api.sellers()).rejects.toBeInstanceOf(UpstreamInvalid);
    expect(eventsOf('upstream-payload-rejected')).toEqual([
      { type: 'upstream-payload-rejected', route: 'GET /Seller', field },
    ]);
  });
});
