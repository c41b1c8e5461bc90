import { createHash } from 'node:crypto';
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache } from '@apollo/client';
import { createPersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { describe, expect, it, onTestFinished } from 'vitest';
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

function fiveSellers() {
  const ids = [1, 2, 3, 4, 5];
  return mockUpstream({
    sellers: ids.map((id) => sellerRecord({ id })),
    catalogs: ids.map((id) => catalogRecord({ id: 10 * id, sellerIds: [id] })),
  });
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

// Without them it drops the fields of a fragment on `Page`.
const possibleTypes = { Page: ['SellerPage', 'CatalogPage'] };

/** An Apollo Client as a front end has it, with `links` before the HTTP link. */
function apolloOf(gateway: () => TestGateway, ...links: ApolloLink[]) {
  const { fetch, exchanges } = recordFetch();
  const http = new HttpLink({ uri: () => `${gateway().origin}/graphql`, fetch });
  const client = new ApolloClient({
    cache: new InMemoryCache({ possibleTypes }),
    link: ApolloLink.from([...links, http]),
  });
  onTestFinished(() => client.stop());
  return { client, exchanges };
}

async function start(...links: ApolloLink[]) {
  const upstream = fiveSellers();
  const gateway = await startGateway({ ADMIN_TOKEN });
  return { upstream, gateway, ...apolloOf(() => gateway, ...links) };
}

describe('Apollo Client', () => {
  it('fetches, and a repeated fetch is a cache hit', async () => {
    const { client, exchanges } = await start();
    const query = SellersWithFutureCatalogsDocument;
    const { data } = await client.query({ query });
    expect(data?.sellers.items.map(({ futureCatalogs }) => futureCatalogs?.items[0]?.id)).toEqual(
      [10, 20, 30, 40, 50].map(String),
    );
    const again = await client.query({ query, fetchPolicy: 'network-only' });
    expect(again.data).toEqual(data);
    expect(exchanges).toEqual([
      { method: 'POST', sends: 'text', cacheStatus: 'fwd=miss; stored' },
      { method: 'POST', sends: 'text', cacheStatus: 'hit; ttl=300' },
    ]);
  });

  it('shows the new data when it refetches after an invalidation', async () => {
    const { client, exchanges, gateway, upstream } = await start();
    const sellers = client.watchQuery({ query: SellersDocument });
    const before = await sellers.refetch();
    upstream.sellers[0] = sellerRecord({ id: 1, name: 'Renamed' });
    expect((await sellers.refetch()).data).toEqual(before.data);
    await gateway.query(InvalidateDocument, { tags: ['sellers'] }, ADMIN_TOKEN);
    expect((await sellers.refetch()).data?.sellers.items[0]?.name).toBe('Renamed');
    expect(exchanges.map(({ cacheStatus }) => cacheStatus)).toEqual([
      'fwd=miss; stored',
      'hit; ttl=600',
      'fwd=miss; stored',
    ]);
  });

  it('pages through a list by fetchMore, and each page is a response of its own', async () => {
    const { client, exchanges, gateway } = await start();
    const list = client.watchQuery({ query: SellersDocument, variables: { page: 1, pageSize: 2 } });
    // Apollo keeps and pages through queries that are watched.
    const watching = list.subscribe(() => {});
    onTestFinished(() => watching.unsubscribe());
    const pages = [await list.refetch()];
    for (const page of [2, 3]) pages.push(await list.fetchMore({ variables: { page } }));
    expect(pages.map(({ data }) => data?.sellers.items.map(({ id }) => id))).toEqual([
      ['1', '2'],
      ['3', '4'],
      ['5'],
    ]);
    expect(pages.map(({ data }) => data?.sellers.hasNextPage)).toEqual([true, true, false]);
    expect(exchanges.at(-1)?.cacheStatus).toBe('fwd=miss; stored');

    const other = apolloOf(() => gateway);
    for (const page of [1, 2, 3])
      await other.client.query({ query: SellersDocument, variables: { page, pageSize: 2 } });
    expect(other.exchanges.map(({ cacheStatus }) => cacheStatus)).toEqual(Array(3).fill('hit; ttl=600'));
  });

  it('sees which field failed, keeps the others, and gets all fields after the upstream has recovered', async () => {
    const { client, exchanges, gateway, upstream } = await start();
    upstream.fail('GET /Catalog', () => Response.error());
    const query = SellersWithFutureCatalogsDocument;
    const partial = await client.query({ query, errorPolicy: 'all', fetchPolicy: 'no-cache' });
    expect(partial.data?.sellers.items).toMatchObject([1, 2, 3, 4, 5].map((id) => ({ id: `${id}` })));
    const { error } = partial;
    if (!CombinedGraphQLErrors.is(error)) throw new Error('not an error of GraphQL', { cause: error });
    expect(error.errors[0]).toMatchObject({
      path: ['sellers', 'items', 0, 'futureCatalogs'],
      extensions: { code: 'UPSTREAM_UNAVAILABLE' },
    });
    // By default it shows no partial data.
    await expect(client.query({ query })).rejects.toSatisfy(CombinedGraphQLErrors.is);

    upstream.recover('GET /Catalog');
    gateway.clock.ms += 60_000;
    expect((await client.query({ query })).data?.sellers.items[0]?.futureCatalogs?.items).toHaveLength(1);
    expect(exchanges.map(({ cacheStatus }) => cacheStatus)).toEqual([
      'fwd=miss',
      'fwd=miss',
      'fwd=miss; stored',
    ]);
  });
});

describe('Apollo Client with automatic persisted queries', () => {
  it('registers a document once, and every client sends its hash', async () => {
    const { client, exchanges, gateway } = await start(createPersistedQueryLink({ sha256 }));
    const { data } = await client.query({ query: SellersDocument });
    expect(data?.sellers.totalItems).toBe(5);
    const other = apolloOf(() => gateway, createPersistedQueryLink({ sha256 }));
    expect((await other.client.query({ query: SellersDocument })).data).toEqual(data);
    expect(exchanges).toEqual([
      { method: 'POST', sends: 'hash', cacheStatus: '' },
      { method: 'POST', sends: 'hash and text', cacheStatus: 'fwd=miss; stored' },
    ]);
    expect(other.exchanges).toEqual([{ method: 'POST', sends: 'hash', cacheStatus: 'hit; ttl=600' }]);
  });

  it('sends a hash by GET, and registers by POST', async () => {
    const options = { sha256, useGETForHashedQueries: true };
    const { client, exchanges } = await start(createPersistedQueryLink(options));
    for (const page of [1, 2, 1]) {
      const { data } = await client.query({
        query: SellersDocument,
        variables: { page, pageSize: 3 },
        fetchPolicy: 'network-only',
      });
      expect(data?.sellers.items).toHaveLength(page === 1 ? 3 : 2);
    }
    const [asked, registered, ...byHash] = exchanges;
    expect(asked).toEqual({ method: 'GET', sends: 'hash', cacheStatus: '' });
    expect(registered).toMatchObject({ sends: 'hash and text', cacheStatus: 'fwd=miss; stored' });
    expect(byHash).toEqual([
      { method: 'GET', sends: 'hash', cacheStatus: 'fwd=miss; stored' },
      { method: 'GET', sends: 'hash', cacheStatus: 'hit; ttl=600' },
    ]);
  });

  it('registers again if a gateway does not know its document', async () => {
    fiveSellers();
    let gateway = await startGateway();
    const { client, exchanges } = apolloOf(() => gateway, createPersistedQueryLink({ sha256 }));
    const fetchSellers = () => client.query({ query: SellersDocument, fetchPolicy: 'network-only' });
    const { data } = await fetchSellers();
    gateway = await startGateway();
    expect((await fetchSellers()).data).toEqual(data);
    expect(exchanges.map(({ sends }) => sends)).toEqual(['hash', 'hash and text', 'hash', 'hash and text']);
  });
});
