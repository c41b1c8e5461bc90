import { HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import { UpstreamInvalid, UpstreamRejected } from '../../src/domain/errors.ts';
import { page, problem } from '../support/catalog-api-answers.ts';
import { sellerRecord } from '../support/catalog-api-mock.ts';
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
  it('is read in one call where it fits a page', async () => {
    const mock = mocked({ sellers: records([3, 1, 2]) });
    expect(ids(await upstreamClient().api.sellers())).toEqual([3, 1, 2]);
    expect(mock.requests(SELLERS).map(({ url }) => url.search)).toEqual(['?PageSize=1000&PageNumber=1']);
  });

  it('of 1,203 sellers is whole and in order when the server gives 500 a page', async () => {
    const mock = mocked({ sellers: records(range(1, 1203).reverse()), pageCap: 500 });
    expect(ids(await upstreamClient().api.sellers())).toEqual(range(1, 1203).reverse());
    expect(pagesAsked(mock)).toEqual([1, 2, 3]);
  });

  it('reads the pages after the first side by side', async () => {
    const mock = mocked({ sellers: records(range(1, 9)), pageCap: 1 });
    mock.fail(SELLERS, async (_request, call) => {
      if (call > 1) await mock.arrival(SELLERS, 5);
      return undefined;
    });
    expect(ids(await upstreamClient({ concurrency: 4 }).api.sellers())).toEqual(range(1, 9));
    expect(mock.mostAtOnce(SELLERS)).toBe(4);
  });

  it('without items is empty, whether they are none or null', async () => {
    const mock = mocked({});
    const { api } = upstreamClient();
    expect(await api.sellers()).toEqual([]);
    mock.fail(SELLERS, () => HttpResponse.json({ items: null, totalPages: 1, totalItems: 0 }));
    expect(await api.sellers()).toEqual([]);
  });

  it('whose page fails fails whole, and asks for no further page', async () => {
    const mock = mocked({ sellers: records(range(1, 100)), pageCap: 1 });
    mock.fail(SELLERS, (_request, call) => (call === 2 ? problem(400) : undefined));
    await expect(upstreamClient({ concurrency: 1 }).api.sellers()).rejects.toBeInstanceOf(UpstreamRejected);
    expect(pagesAsked(mock)).toEqual([1, 2]);
  });

  it('that is not found is refused and not empty', async () => {
    mocked({}).fail(SELLERS, () => problem(404));
    await expect(upstreamClient().api.sellers()).rejects.toBeInstanceOf(UpstreamRejected);
  });

  it('that says it has more than 10,000 pages is UpstreamInvalid', async () => {
    mocked({}).fail(SELLERS, () => HttpResponse.json({ items: [], totalPages: 10_001, totalItems: 1 }));
    await expect(upstreamClient().api.sellers()).rejects.toBeInstanceOf(UpstreamInvalid);
  });
});

describe('a list that changes while it is read', () => {
  it('starts again when its totals move', async () => {
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

  it('starts again when an id comes twice', async () => {
    const mock = mocked({ sellers: records(range(1, 4)), pageCap: 2 });
    mock.fail(SELLERS, (_request, call) => {
      if (call === 2) mock.sellers.splice(0, 4, ...records([9, 1, 2, 3]));
      return undefined;
    });
    const { api } = upstreamClient();
    expect(ids(await api.sellers())).toEqual([9, 1, 2, 3]);
    expect(pagesAsked(mock)).toEqual([1, 2, 1, 2]);
  });

  it('is taken as it is the second time, each id once', async () => {
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

  it('and keeps repeating ids is ordered by id', async () => {
    const mock = mocked({});
    mock.fail(SELLERS, ({ url }) => page(records([7, 3, 3, 5]), url.searchParams, 2));
    const { api } = upstreamClient();
    expect(ids(await api.sellers())).toEqual([3, 5, 7]);
    expect(pagesAsked(mock)).toEqual([1, 2, 1, 2]);
  });
});
