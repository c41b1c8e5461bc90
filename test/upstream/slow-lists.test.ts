import { HttpResponse } from 'msw';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UpstreamTimeout } from '../../src/domain/errors.ts';
import { catalogRecord, type MockRoute, sellerRecord } from '../support/catalog-api-mock.ts';
import { upstreamClient } from '../support/upstream-client.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const intercepted = interceptUpstream();

const PAGES = 10_000;
const PAGE_MS = 20_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** An upstream that takes 20 s for a page of one item, and says that it has 10,000 of them. */
function slow(route: MockRoute, record: (id: number) => object) {
  const mock = intercepted({});
  mock.fail(route, async ({ url }) => {
    const id = Number(url.searchParams.get('PageNumber'));
    await new Promise((resolve) => setTimeout(resolve, PAGE_MS));
    return HttpResponse.json({ items: [record(id)], totalPages: PAGES, totalItems: PAGES });
  });
  return mock;
}

describe('a list of 10,000 slow pages', () => {
  it.each([
    ['sellers', 'GET /Seller', (api) => api.sellers()],
    ['filtered sellers', 'GET /Seller', (api) => api.sellers({ isActive: true })],
    ['catalogs', 'GET /Catalog', async (api) => throwing((await api.catalogsOf([1])).get(1))],
  ] satisfies readonly [
    string,
    MockRoute,
    (api: ReturnType<typeof upstreamClient>['api']) => Promise<unknown>,
  ][])('is UpstreamTimeout after a minute, and requests no further page: %s', async (_case, route, read) => {
    const mock = slow(route, (id) =>
      route === 'GET /Seller' ? sellerRecord({ id }) : catalogRecord({ id }),
    );
    const { api, reported } = upstreamClient({ concurrency: 4 });
    const outcome = read(api).catch((error: unknown) => error);
    for (const asked of [1, 5, 9]) {
      await mock.arrival(route, asked);
      await vi.advanceTimersByTimeAsync(PAGE_MS);
    }
    expect(await outcome).toBeInstanceOf(UpstreamTimeout);
    expect(await reported('upstream-failed', 1)).toMatchObject({
      route,
      code: 'UPSTREAM_TIMEOUT',
      durationMs: 60_000,
    });
    const calls = mock.calls(route);
    expect(calls).toBeLessThanOrEqual(13);
    await vi.advanceTimersByTimeAsync(10 * PAGE_MS);
    expect(mock.calls(route)).toBe(calls);
  });

  it('has no time limit if its rate limit says so', async () => {
    const mock = intercepted({ sellers: [1, 2, 3, 4].map((id) => sellerRecord({ id })), pageCap: 1 });
    mock.fail('GET /Seller', async () => {
      await new Promise((resolve) => setTimeout(resolve, PAGE_MS));
      return undefined;
    });
    const rateLimit = { acquire: async () => {}, record() {}, noTimeLimit: true };
    const sellers = upstreamClient({ concurrency: 1 }).api.sellers({}, rateLimit);
    for (const asked of [1, 2, 3, 4]) {
      await mock.arrival('GET /Seller', asked);
      await vi.advanceTimersByTimeAsync(PAGE_MS);
    }
    expect(await sellers).toHaveLength(4);
  });
});

function throwing(list: unknown) {
  if (list instanceof Error) throw list;
  return list;
}
