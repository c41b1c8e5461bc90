import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import { UpstreamInvalid, UpstreamRejected } from '../../src/domain/errors.ts';
import { page, problem } from '../support/catalog-api-answers.ts';
import { catalogRecord, sellerRecord } from '../support/catalog-api-mock.ts';
import { upstreamClient } from '../support/upstream-client.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const mocked = interceptUpstream();

const SELLERS = 'GET /Seller';

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const records = (ids: readonly number[]) => ids.map((id) => sellerRecord({ id }));
const ids = (sellers: readonly { id: number }[]) => sellers.map(({ id }) => id);

const pagesAsked = (mock: ReturnType<typeof mocked>) =>
  mock.requests(SELLERS).map(({ url }) => Number(url.searchParams.get('PageNumber')));

describe('a list', () => {
  it('is read in one call if it fits a page', async () => {
    const mock = mocked({ sellers: records([3, 1, 2]) });
    expect(ids(await upstreamClient().api.sellers())).toEqual([3, 1, 2]);
    expect(mock.requests(SELLERS).map(({ url }) => url.search)).toEqual(['?PageSize=1000&PageNumber=1']);
  });

  it('of 1,203 sellers is whole and in order when the server gives 500 a page', async () => {
    const mock = mocked({ sellers: records(range(1, 1203).reverse()), pageCap: 500 });
    expect(ids(await upstreamClient().api.sellers())).toEqual(range(1, 1203).reverse());
    expect(pagesAsked(mock)).toEqual([1, 2, 3]);
  });

  it('reads the pages after the first concurrently', async () => {
    const mock = mocked({ sellers: records(range(1, 9)), pageCap: 1 });
    mock.fail(SELLERS, async (_request, call) => {
      if (call > 1) await mock.arrival(SELLERS, 5);
      return undefined;
    });
    expect(ids(await upstreamClient({ concurrency: 4 }).api.sellers())).toEqual(range(1, 9));
    expect(mock.mostAtOnce(SELLERS)).toBe(4);
  });

  it('without items is empty for an empty array and for null', async () => {
    const mock = mocked({});
    const { api } = upstreamClient();
    expect(await api.sellers()).toEqual([]);
    mock.fail(SELLERS, () => HttpResponse.json({ items: null, totalPages: 1, totalItems: 0 }));
    expect(await api.sellers()).toEqual([]);
  });

  it('fails as a whole with one page, and requests no further page', async () => {
    const mock = mocked({ sellers: records(range(1, 100)), pageCap: 1 });
    mock.fail(SELLERS, (_request, call) => (call === 2 ? problem(400) : undefined));
    await expect(upstreamClient({ concurrency: 1 }).api.sellers()).rejects.toBeInstanceOf(UpstreamRejected);
    expect(pagesAsked(mock)).toEqual([1, 2]);
  });

  it('that is not found is rejected, not empty', async () => {
    mocked({}).fail(SELLERS, () => problem(404));
    await expect(upstreamClient().api.sellers()).rejects.toBeInstanceOf(UpstreamRejected);
  });

  it('with more than 10,000 pages is UpstreamInvalid', async () => {
    mocked({}).fail(SELLERS, () => HttpResponse.json({ items: [], totalPages: 10_001, totalItems: 1 }));
    await expect(upstreamClient().api.sellers()).rejects.toBeInstanceOf(UpstreamInvalid);
  });
});

describe('a list that changes during the reading', () => {
  it('is read again if its totals change', async () => {
    const mock = mocked({ sellers: records(range(1, 4)), pageCap: 2 });
    mock.fail(SELLERS, (_request, call) => {
      if (call === 2) mock.sellers.push(sellerRecord({ id: 5 }));
      return undefined;
    });
    const { api, eventsOf } = upstreamClient();
    expect(ids(await api.sellers())).toEqual([1, 2, 3, 4, 5]);
    expect(pagesAsked(mock)).toEqual([1, 2, 1, 2, 3]);
    expect(eventsOf('upstream-list-shifted')).toEqual([{ type: 'upstream-list-shifted', route: SELLERS }]);
  });

  it('is read again if an id repeats', async () => {
    const mock = mocked({ sellers: records(range(1, 4)), pageCap: 2 });
    mock.fail(SELLERS, (_request, call) => {
      if (call === 2) mock.sellers.splice(0, 4, ...records([9, 1, 2, 3]));
      return undefined;
    });
    const { api } = upstreamClient();
    expect(ids(await api.sellers())).toEqual([9, 1, 2, 3]);
    expect(pagesAsked(mock)).toEqual([1, 2, 1, 2]);
  });

  it('is accepted after the second reading, each id once', async () => {
    const mock = mocked({ sellers: records([4, 3, 2, 1]), pageCap: 2 });
    mock.fail(SELLERS, (_request, call) => {
      if (call % 2 === 0) mock.sellers.push(sellerRecord({ id: 4 + call }));
      return undefined;
    });
    const { api, eventsOf } = upstreamClient();
    expect(ids(await api.sellers())).toEqual([4, 3, 2, 1, 6, 8]);
    expect(pagesAsked(mock)).toEqual([1, 2, 1, 2, 3]);
    expect(eventsOf('upstream-list-shifted')).toHaveLength(1);
  });

  it('is ordered by id if it keeps repeating ids', async () => {
    const mock = mocked({});
    mock.fail(SELLERS, ({ url }) => page(records([7, 3, 3, 5]), url.searchParams, 2));
    const { api } = upstreamClient();
    expect(ids(await api.sellers())).toEqual([3, 5, 7]);
    expect(pagesAsked(mock)).toEqual([1, 2, 1, 2]);
  });
});

describe('a list that contradicts its totals', () => {
  const sellers = (from: number, to: number) => records(range(from, to));
  const unreadable = (id: unknown) => ({ id, name: 5 });

  /** Answers with the pages, which count from 1; `later` has those for the calls from a number on. */
  function serve(pages: readonly object[], later: { from: number; pages: readonly object[] } | null = null) {
    const mock = mocked({});
    mock.fail(SELLERS, ({ url }, call) => {
      const served = later && call >= later.from ? later.pages : pages;
      const answer = served[Number(url.searchParams.get('PageNumber')) - 1];
      return answer ? HttpResponse.json({ totalPages: served.length, ...answer }) : problem(404);
    });
    return mock;
  }

  it.each<{ name: string; expected: number; found: number; pages: readonly object[] }>([
    {
      name: 'page is the only one of more',
      expected: 25,
      found: 10,
      pages: [{ items: sellers(1, 10), totalPages: 1, totalItems: 25, hasNextPage: true }],
    },
    {
      name: 'last page has a next one',
      expected: 11,
      found: 10,
      pages: [{ items: sellers(1, 10), totalItems: 10, hasNextPage: true }],
    },
    { name: 'items are null', expected: 3, found: 0, pages: [{ items: null, totalItems: 3 }] },
    {
      name: 'inner page has null for items',
      expected: 6,
      found: 4,
      pages: [
        { items: sellers(1, 2), totalItems: 6 },
        { items: null, totalItems: 6 },
        { items: sellers(5, 6), totalItems: 6 },
      ],
    },
    {
      name: 'inner page is short',
      expected: 6,
      found: 5,
      pages: [
        { items: sellers(1, 2), totalItems: 6 },
        { items: sellers(3, 3), totalItems: 6 },
        { items: sellers(5, 6), totalItems: 6 },
      ],
    },
    {
      name: 'last page is not found',
      expected: 4,
      found: 2,
      pages: [{ items: sellers(1, 2), totalPages: 2, totalItems: 4 }],
    },
    {
      name: 'pages are all the same one',
      expected: 4,
      found: 2,
      pages: [
        { items: sellers(1, 2), totalItems: 4 },
        { items: sellers(1, 2), totalItems: 4 },
      ],
    },
    {
      name: 'only page has one id in the place of another',
      expected: 3,
      found: 1,
      pages: [{ items: records([1, 1]), totalItems: 3 }],
    },
    {
      name: 'items are more than their total',
      expected: 5,
      found: 10,
      pages: [{ items: sellers(1, 10), totalItems: 5 }],
    },
    {
      name: 'items and rejected items are too few together',
      expected: 5,
      found: 4,
      pages: [{ items: [...sellers(1, 2), unreadable(3), unreadable('4')], totalItems: 5 }],
    },
  ])('is UpstreamInvalid and reported if its $name', async ({ expected, found, pages }) => {
    const mock = serve(pages);
    const { api, eventsOf } = upstreamClient();
    await expect(api.sellers()).rejects.toBeInstanceOf(UpstreamInvalid);
    expect(eventsOf('upstream-list-incomplete')).toEqual([
      { type: 'upstream-list-incomplete', route: SELLERS, expected, found },
    ]);
    expect(eventsOf('upstream-failed')).toMatchObject([{ route: SELLERS, code: 'UPSTREAM_INVALID' }]);
    expect(pagesAsked(mock).filter((number) => number === 1)).toHaveLength(2);
  });

  it('is read again, and accepted if it is then whole', async () => {
    const short = [{ items: sellers(1, 2), totalItems: 3 }];
    const whole = [{ items: sellers(1, 3), totalItems: 3 }];
    serve(short, { from: 2, pages: whole });
    const { api, eventsOf } = upstreamClient();
    expect(ids(await api.sellers({ isActive: true }))).toEqual([1, 2, 3]);
    expect(eventsOf('upstream-list-shifted')).toHaveLength(1);
    expect(eventsOf('upstream-list-incomplete')).toEqual([]);
  });

  it('is read again if its last page disappears', async () => {
    const mock = serve([{ items: sellers(1, 2), totalPages: 2, totalItems: 3 }], {
      from: 3,
      pages: [{ items: sellers(1, 2), totalItems: 2 }],
    });
    const { api, eventsOf } = upstreamClient();
    expect(ids(await api.sellers())).toEqual([1, 2]);
    expect(pagesAsked(mock)).toEqual([1, 2, 1]);
    expect(eventsOf('upstream-failed')).toEqual([]);
  });

  it('is UpstreamInvalid if an item moved to a page already read', async () => {
    const mock = mocked({ sellers: sellers(1, 4), pageCap: 2 });
    mock.fail(SELLERS, (_request, call) => {
      // The first of the list goes after each page 1: what was the first of page 2 is on page 1 by then.
      if (call % 2 === 0) mock.sellers.shift();
      return undefined;
    });
    await expect(upstreamClient().api.sellers()).rejects.toBeInstanceOf(UpstreamInvalid);
  });

  it('counts skipped items once each', async () => {
    serve([
      { items: [...sellers(1, 1), unreadable(2)], totalItems: 4 },
      { items: [unreadable('2'), ...sellers(4, 4)], totalItems: 4 },
    ]);
    const { api, eventsOf } = upstreamClient();
    expect(ids(await api.sellers())).toEqual([1, 4]);
    expect(eventsOf('upstream-item-rejected')).toMatchObject([
      { field: 'name', count: 1 },
      { field: 'id', count: 1 },
    ]);
  });

  it('fails the lists of all requested sellers', async () => {
    mocked({}).fail('GET /Catalog', () =>
      HttpResponse.json({ items: [catalogRecord({ id: 1, sellerIds: [10] })], totalPages: 1, totalItems: 2 }),
    );
    const { api, eventsOf } = upstreamClient();
    const lists = await api.catalogsOf([10, 20]);
    expect([...lists.values()].every((list) => list instanceof UpstreamInvalid)).toBe(true);
    expect(eventsOf('upstream-list-incomplete')).toMatchObject([
      { route: 'GET /Catalog', expected: 2, found: 1 },
    ]);
  });
});
