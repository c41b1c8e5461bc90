import { describe, expect, it } from 'vitest';
import { UpstreamInvalid, UpstreamUnavailable } from '../../src/domain/errors.ts';
import { problem } from '../support/catalog-api-answers.ts';
import { catalogRecord } from '../support/catalog-api-mock.ts';
import { upstreamClient } from '../support/upstream-client.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const mocked = interceptUpstream();

const CATALOGS = 'GET /Catalog';

const idsOf = (lists: ReadonlyMap<number, readonly { id: number }[] | Error>) =>
  new Map(
    [...lists].map(([id, list]) => [id, list instanceof Error ? list : list.map((catalog) => catalog.id)]),
  );
const sellerIds = (url: URL) => url.searchParams.getAll('SellerIds').map(Number);

describe('the catalogs of several sellers', () => {
  it('come from one call, grouped by seller, soonest first', async () => {
    const mock = mocked({
      catalogs: [
        catalogRecord({ id: 1, sellerIds: [10], startDate: null }),
        catalogRecord({ id: 2, sellerIds: [20], startDate: '2026-05-01T00:00:00' }),
        catalogRecord({ id: 3, sellerIds: [10], startDate: '2026-05-02T00:00:00' }),
        catalogRecord({ id: 4, sellerIds: [10], startDate: '2026-05-01T00:00:00' }),
      ],
    });
    expect(idsOf(await upstreamClient().api.catalogsOf([10, 20]))).toEqual(
      new Map([
        [10, [4, 3, 1]],
        [20, [2]],
      ]),
    );
    expect(mock.requests(CATALOGS).map(({ url }) => url.search)).toEqual([
      '?SellerIds=10&SellerIds=20&PageSize=1000&PageNumber=1',
    ]);
  });

  it('appear at each requested seller that shares them', async () => {
    mocked({ catalogs: [catalogRecord({ id: 1, sellerIds: [10, 20, 20, 30] })] });
    const { api, events } = upstreamClient();
    const lists = idsOf(await api.catalogsOf([10, 20]));
    expect(lists).toEqual(
      new Map([
        [10, [1]],
        [20, [1]],
      ]),
    );
    expect(events.filter(({ type }) => type === 'upstream-item-rejected')).toEqual([]);
  });

  it('are empty for a seller without catalogs', async () => {
    mocked({ catalogs: [catalogRecord({ id: 1, sellerIds: [10] })] });
    expect(idsOf(await upstreamClient().api.catalogsOf([10, 99])).get(99)).toEqual([]);
  });

  it('are requested once for duplicate ids, and not for no ids', async () => {
    const mock = mocked({ catalogs: [catalogRecord({ id: 1, sellerIds: [10] })] });
    const { api } = upstreamClient();
    expect(await api.catalogsOf([])).toEqual(new Map());
    expect(mock.calls(CATALOGS)).toBe(0);
    expect(idsOf(await api.catalogsOf([10, 10]))).toEqual(new Map([[10, [1]]]));
    expect(mock.requests(CATALOGS).map(({ url }) => sellerIds(url))).toEqual([[10]]);
  });

  it('are read from all pages', async () => {
    const catalogs = Array.from({ length: 7 }, (_, index) =>
      catalogRecord({ id: index + 1, sellerIds: [10] }),
    );
    mocked({ catalogs, pageCap: 3 });
    expect(idsOf(await upstreamClient().api.catalogsOf([10])).get(10)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });
});

describe('a catalog without sellers', () => {
  it.each([[null], [undefined], [[]]])(
    'belongs to the only requested seller: sellers %j',
    async (sellers) => {
      const mock = mocked({});
      mock.fail(CATALOGS, () => Response.json(pageOf([catalogRecord({ id: 1, sellers })])));
      expect(idsOf(await upstreamClient().api.catalogsOf([10]))).toEqual(new Map([[10, [1]]]));
    },
  );

  it('is skipped and reported if several sellers were requested', async () => {
    const mock = mocked({});
    mock.fail(CATALOGS, () =>
      Response.json(
        pageOf([catalogRecord({ id: 1, sellers: null }), catalogRecord({ id: 2, sellerIds: [10] })]),
      ),
    );
    const { api, eventsOf } = upstreamClient();
    expect(idsOf(await api.catalogsOf([10, 20]))).toEqual(
      new Map([
        [10, [2]],
        [20, []],
      ]),
    );
    expect(eventsOf('upstream-item-rejected')).toEqual([
      { type: 'upstream-item-rejected', route: CATALOGS, field: 'sellers', count: 1 },
    ]);
  });
});

describe('catalogs of unrequested sellers', () => {
  const ofOthers = pageOf([
    catalogRecord({ id: 1, sellerIds: [98] }),
    catalogRecord({ id: 2, sellerIds: [99] }),
  ]);

  it.each([[[10]], [[10, 20]]])(
    'make every list UpstreamInvalid if there are no others: %j',
    async (requested) => {
      mocked({}).fail(CATALOGS, () => Response.json(ofOthers));
      const { api, eventsOf } = upstreamClient();
      const lists = [...(await api.catalogsOf(requested)).values()];
      expect(lists.every((list) => list instanceof UpstreamInvalid)).toBe(true);
      expect(eventsOf('upstream-item-rejected')).toEqual([
        { type: 'upstream-item-rejected', route: CATALOGS, field: 'sellers', count: 2 },
      ]);
    },
  );

  it('are skipped and reported beside those of requested sellers', async () => {
    const items = [...ofOthers.items, catalogRecord({ id: 3, sellerIds: [10] })];
    mocked({}).fail(CATALOGS, () => Response.json(pageOf(items)));
    const { api, eventsOf } = upstreamClient();
    expect(idsOf(await api.catalogsOf([10, 20]))).toEqual(
      new Map([
        [10, [3]],
        [20, []],
      ]),
    );
    expect(eventsOf('upstream-item-rejected')).toMatchObject([{ field: 'sellers', count: 2 }]);
  });
});

describe('an unreadable catalog', () => {
  const bad = (id: number, sellers: unknown) => catalogRecord({ id, sellers, title: 5 });

  it('makes the list of its seller UpstreamInvalid if it is the only one; other lists stand', async () => {
    const mock = mocked({});
    mock.fail(CATALOGS, () =>
      Response.json(
        pageOf([bad(1, [{ id: 10 }, { id: 20 }, { id: 'x' }, 7]), catalogRecord({ id: 2, sellerIds: [20] })]),
      ),
    );
    const { api, eventsOf } = upstreamClient();
    const lists = await api.catalogsOf([10, 20, 30]);
    expect(lists.get(10)).toBeInstanceOf(UpstreamInvalid);
    expect(lists.get(20)).toMatchObject([{ id: 2 }]);
    expect(lists.get(30)).toEqual([]);
    expect(eventsOf('upstream-item-rejected')).toMatchObject([{ field: 'title', count: 1 }]);
  });

  it.each([[null], [undefined], ['nonsense'], [[{ id: 10 }]], [[{}]]])(
    'makes the list of the only requested seller UpstreamInvalid: sellers %j',
    async (sellers) => {
      const mock = mocked({});
      mock.fail(CATALOGS, () => Response.json(pageOf([bad(1, sellers)])));
      expect((await upstreamClient().api.catalogsOf([10])).get(10)).toBeInstanceOf(UpstreamInvalid);
    },
  );

  it('without sellers makes all lists UpstreamInvalid if there is no other catalog', async () => {
    const mock = mocked({});
    mock.fail(CATALOGS, () => Response.json(pageOf([catalogRecord({ id: 1, sellers: null })])));
    const lists = [...(await upstreamClient().api.catalogsOf([10, 20])).values()];
    expect(lists.map((list) => list instanceof UpstreamInvalid)).toEqual([true, true]);
  });
});

describe('chunks of sellers', () => {
  const bigIds = Array.from({ length: 500 }, (_, index) => 2_147_000_000 + index);

  it('keep every URL under 2,000 characters and request each id once', async () => {
    const mock = mocked({});
    const { api } = upstreamClient({ pageSize: 100_000 });
    const lists = await api.catalogsOf(bigIds, { title: 'œuvres d’art & antiquités' });
    expect([...lists.keys()]).toEqual(bigIds);
    const urls = mock.requests(CATALOGS).map(({ url }) => url);
    expect(Math.max(...urls.map(({ href }) => href.length))).toBeLessThan(2000);
    expect(urls.flatMap(sellerIds).sort()).toEqual(bigIds);
    expect(urls).toHaveLength(6);
  });

  it('fail alone: their ids have the error, the others their lists', async () => {
    const mock = mocked({ catalogs: [catalogRecord({ id: 1, sellerIds: [2_147_000_000] })] });
    mock.fail(CATALOGS, ({ url }) => (sellerIds(url).includes(2_147_000_499) ? problem(500) : undefined));
    const lists = await upstreamClient().api.catalogsOf(bigIds);
    expect(lists.size).toBe(500);
    expect(lists.get(2_147_000_000)).toMatchObject([{ id: 1 }]);
    expect(lists.get(2_147_000_499)).toBeInstanceOf(UpstreamUnavailable);
  });
});

function pageOf(items: readonly unknown[]) {
  return { items, pageNumber: 1, totalPages: 1, totalItems: items.length };
}
