import { Client, cacheExchange, type Exchange, fetchExchange } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';
import { describe, expect, it } from 'vitest';
import {
  InvalidateDocument,
  SellersDocument,
  SellersWithFutureCatalogsDocument,
} from '../operations/generated.ts';
import { catalogRecord, sellerRecord } from '../support/catalog-api-mock.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { recordFetch } from '../support/recorded-fetch.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();
const ADMIN_TOKEN = 'a-token-for-operators';
const NETWORK_ONLY = { requestPolicy: 'network-only' } as const;

/** An urql client as a front end has it, with `exchanges` before the fetch exchange. */
function urqlOf(gateway: TestGateway, ...before: Exchange[]) {
  const { fetch, exchanges } = recordFetch();
  const client = new Client({
    url: `${gateway.origin}/graphql`,
    exchanges: [cacheExchange, ...before, fetchExchange],
    preferGetMethod: false,
    fetch,
  });
  return { client, exchanges };
}

async function start(...before: Exchange[]) {
  const ids = [1, 2, 3, 4, 5];
  const upstream = mockUpstream({
    sellers: ids.map((id) => sellerRecord({ id })),
    catalogs: ids.map((id) => catalogRecord({ id: 10 * id, sellerIds: [id] })),
  });
  const gateway = await startGateway({ ADMIN_TOKEN });
  return { upstream, gateway, ...urqlOf(gateway, ...before) };
}

describe('urql', () => {
  it('fetches, and a repeated fetch is a cache hit', async () => {
    const { client, exchanges } = await start();
    const { data } = await client.query(SellersWithFutureCatalogsDocument, {});
    expect(data?.sellers.items.map(({ futureCatalogs }) => futureCatalogs?.items[0]?.id)).toEqual(
      [10, 20, 30, 40, 50].map(String),
    );
    const again = await client.query(SellersWithFutureCatalogsDocument, {}, NETWORK_ONLY);
    expect(again.data).toEqual(data);
    expect(exchanges).toEqual([
      { method: 'POST', sends: 'text', cacheStatus: 'fwd=miss; stored' },
      { method: 'POST', sends: 'text', cacheStatus: 'hit; ttl=300' },
    ]);
  });

  it('shows the new data when it refetches after an invalidation', async () => {
    const { client, exchanges, gateway, upstream } = await start();
    const before = await client.query(SellersDocument, {});
    upstream.sellers[0] = sellerRecord({ id: 1, name: 'Renamed' });
    expect((await client.query(SellersDocument, {}, NETWORK_ONLY)).data).toEqual(before.data);
    await gateway.query(InvalidateDocument, { tags: ['sellers'] }, ADMIN_TOKEN);
    const { data } = await client.query(SellersDocument, {}, NETWORK_ONLY);
    expect(data?.sellers.items[0]?.name).toBe('Renamed');
    expect(exchanges.map(({ cacheStatus }) => cacheStatus)).toEqual([
      'fwd=miss; stored',
      'hit; ttl=600',
      'fwd=miss; stored',
    ]);
  });

  it('pages through a list by its variables, and each page is a response of its own', async () => {
    const { client, exchanges, gateway } = await start();
    const pages: (readonly string[])[] = [];
    for (let page = 1, more = true; more; page += 1) {
      const { data } = await client.query(SellersDocument, { page, pageSize: 2 });
      pages.push(data?.sellers.items.map(({ id }) => id) ?? []);
      more = data?.sellers.hasNextPage ?? false;
    }
    expect(pages).toEqual([['1', '2'], ['3', '4'], ['5']]);
    expect(exchanges.map(({ cacheStatus }) => cacheStatus)).toEqual(Array(3).fill('fwd=miss; stored'));

    const other = urqlOf(gateway);
    for (const page of [1, 2, 3]) await other.client.query(SellersDocument, { page, pageSize: 2 });
    expect(other.exchanges.map(({ cacheStatus }) => cacheStatus)).toEqual(Array(3).fill('hit; ttl=600'));
  });

  it('sees which field failed, keeps the others, and gets all fields after the upstream has recovered', async () => {
    const { client, exchanges, gateway, upstream } = await start();
    upstream.fail('GET /Catalog', () => Response.error());
    const partial = await client.query(SellersWithFutureCatalogsDocument, {});
    expect(partial.data?.sellers.items).toMatchObject(
      [1, 2, 3, 4, 5].map((id) => ({ id: `${id}`, futureCatalogs: null })),
    );
    expect(partial.error?.graphQLErrors[0]).toMatchObject({
      path: ['sellers', 'items', 0, 'futureCatalogs'],
      extensions: { code: 'UPSTREAM_UNAVAILABLE' },
    });

    upstream.recover('GET /Catalog');
    gateway.clock.ms += 60_000;
    const whole = await client.query(SellersWithFutureCatalogsDocument, {}, NETWORK_ONLY);
    expect([whole.error, whole.data?.sellers.items[0]?.futureCatalogs?.totalItems]).toEqual([undefined, 1]);
    expect(exchanges.map(({ cacheStatus }) => cacheStatus)).toEqual(['fwd=miss', 'fwd=miss; stored']);
  });
});

describe('urql with automatic persisted queries', () => {
  it('registers a document once, and every client sends its hash', async () => {
    const persisted = () => persistedExchange({ preferGetForPersistedQueries: false });
    const { client, exchanges, gateway } = await start(persisted());
    const { data } = await client.query(SellersDocument, {});
    expect(data?.sellers.totalItems).toBe(5);
    const other = urqlOf(gateway, persisted());
    expect((await other.client.query(SellersDocument, {})).data).toEqual(data);
    expect(exchanges).toEqual([
      { method: 'POST', sends: 'hash', cacheStatus: '' },
      { method: 'POST', sends: 'hash and text', cacheStatus: 'fwd=miss; stored' },
    ]);
    expect(other.exchanges).toEqual([{ method: 'POST', sends: 'hash', cacheStatus: 'hit; ttl=600' }]);
  });

  it('sends hashes by GET, and registers by GET too if the document fits into a URL', async () => {
    const { client, exchanges } = await start(persistedExchange({ preferGetForPersistedQueries: true }));
    for (const page of [1, 2, 1]) {
      const { data } = await client.query(SellersDocument, { page, pageSize: 3 }, NETWORK_ONLY);
      expect(data?.sellers.items).toHaveLength(page === 1 ? 3 : 2);
    }
    expect(exchanges).toEqual([
      { method: 'GET', sends: 'hash', cacheStatus: '' },
      { method: 'GET', sends: 'hash and text', cacheStatus: 'fwd=miss; stored' },
      { method: 'GET', sends: 'hash', cacheStatus: 'fwd=miss; stored' },
      { method: 'GET', sends: 'hash', cacheStatus: 'hit; ttl=600' },
    ]);
  });
});
