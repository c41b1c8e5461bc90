import { readdirSync, readFileSync } from 'node:fs';
import { ApolloClient, HttpLink } from '@apollo/client';
import { generate } from '@graphql-codegen/cli';
import { QueryClient } from '@tanstack/query-core';
import { HttpResponse } from 'msw';
import relay, { type ConcreteRequest } from 'relay-runtime';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { SellersDocument, SellersWithFutureCatalogsDocument } from '../operations/generated.ts';
import { catalogRecord, sellerRecord } from '../support/catalog-api-mock.ts';
import { startGateway } from '../support/gateway.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';
import { createCache } from './snippets/apollo.ts';
import { config } from './snippets/codegen.ts';
import { createCredentialsLink } from './snippets/credentials.ts';
import { createEnvironment } from './snippets/relay.ts';
import { headlineOf, OpeningSoon } from './snippets/tada.ts';
import { graphqlQuery } from './snippets/tanstack.ts';
import { createUrqlClient } from './snippets/urql.ts';

const mockUpstream = interceptUpstream();

async function start(variables: Record<string, string> = {}) {
  const upstream = mockUpstream({
    sellers: [1, 2, 3, 4, 5].map((id) => sellerRecord({ id })),
    catalogs: [1, 2].map((id) => catalogRecord({ id, sellerIds: [id] })),
  });
  const { origin } = await startGateway(variables);
  return { upstream, url: `${origin}/graphql` };
}

describe('Apollo Client', () => {
  async function apollo() {
    const { url, upstream } = await start();
    const client = new ApolloClient({ cache: createCache(), link: new HttpLink({ uri: url }) });
    onTestFinished(() => client.stop());
    return { client, upstream };
  }

  it('joins the pages that fetchMore fetches into one list', async () => {
    const { client } = await apollo();
    const list = client.watchQuery({ query: SellersDocument, variables: { page: 1, pageSize: 2 } });
    const watching = list.subscribe(() => {});
    onTestFinished(() => watching.unsubscribe());
    await list.refetch();
    for (const page of [2, 3]) await list.fetchMore({ variables: { page } });
    const ids = () => list.getCurrentResult().data?.sellers?.items?.map((seller) => seller?.id);
    await expect.poll(ids).toEqual(['1', '2', '3', '4', '5']);
  });

  it('shows partial data beside the error with errorPolicy all, and none without', async () => {
    const { client, upstream } = await apollo();
    upstream.fail('GET /Catalog', () => new HttpResponse(null, { status: 500 }));
    const query = { query: SellersWithFutureCatalogsDocument, fetchPolicy: 'network-only' } as const;
    const { data, error } = await client.query({ ...query, errorPolicy: 'all' });
    expect(data?.sellers.items).toHaveLength(5);
    expect(data?.sellers.items[0]).toMatchObject({ name: 'Seller 1', futureCatalogs: null });
    expect(error?.message).toContain('The catalog service is not available.');
    await expect(client.query(query)).rejects.toThrow('The catalog service is not available.');
  });
});

describe('credentials', () => {
  it('go with each request, and the end of the session is reported', async () => {
    const { url } = await start({ AUTH: 'required' });
    const sent = vi.spyOn(globalThis, 'fetch');
    onTestFinished(() => sent.mockRestore());
    const onSignedOut = vi.fn();
    const client = new ApolloClient({ cache: createCache(), link: createCredentialsLink(url, onSignedOut) });
    onTestFinished(() => client.stop());
    const { error } = await client.query({ query: SellersDocument, errorPolicy: 'all' });
    expect(error?.message).toBe('Sign in to use this API.');
    expect(onSignedOut).toHaveBeenCalledOnce();
    expect(sent.mock.calls.map(([, init]) => init?.credentials)).toEqual(['include']);
  });
});

describe('urql with graphcache', () => {
  it('keeps pages apart, and normalizes sellers', async () => {
    const { url, upstream } = await start();
    const client = createUrqlClient(url);
    const idsOf = async (page: number) => {
      const { data } = await client.query(SellersDocument, { page, pageSize: 2 });
      return data?.sellers.items.map(({ id }) => id);
    };
    expect([await idsOf(1), await idsOf(2), await idsOf(1)]).toEqual([
      ['1', '2'],
      ['3', '4'],
      ['1', '2'],
    ]);
    expect(upstream.calls()).toBe(1);
  });
});

describe('Relay', () => {
  const { createOperationDescriptor, Environment, fetchQuery, Network, RecordSource, Store } = relay;
  const SAME_ID = recordsOf({ seller: 'name', catalog: 'title' });

  it('keeps a seller and a catalog of one id apart', async () => {
    const { url } = await start();
    const environment = createEnvironment(url);
    const data = await fetchQuery(environment, SAME_ID, {}).toPromise();
    expect(data).toEqual({
      seller: { __typename: 'Seller', id: '1', name: 'Seller 1' },
      catalog: { __typename: 'Catalog', id: '1', title: 'Catalog 1' },
    });
    const held = environment.lookup(createOperationDescriptor(SAME_ID, {}).fragment);
    expect(held.data).toEqual(data);
  });

  it('takes them for one record without getDataID', async () => {
    const { url } = await start();
    const environment = new Environment({
      store: new Store(new RecordSource()),
      network: Network.create(async ({ text }) => {
        const headers = { 'content-type': 'application/json' };
        return (await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query: text }) })).json();
      }),
    });
    const data = await fetchQuery(environment, SAME_ID, {}).toPromise();
    // The catalog has replaced the seller.
    expect(data).toMatchObject({ seller: { __typename: 'Catalog' }, catalog: { __typename: 'Catalog' } });
  });
});

/** What relay-compiler writes for a query of the record with id 1 in each field. */
function recordsOf(fields: Readonly<Record<string, string>>): ConcreteRequest {
  const scalar = (name: string) => ({ kind: 'ScalarField', alias: null, args: null, name, storageKey: null });
  const linked = (name: string, selections: readonly object[]) => ({
    ...{ kind: 'LinkedField', alias: null, name, plural: false, storageKey: `${name}(id:"1")` },
    ...{ args: [{ kind: 'Literal', name: 'id', value: '1' }], selections },
    concreteType: `${name.charAt(0).toUpperCase()}${name.slice(1)}`,
  });
  const selections = Object.entries(fields).map(([name, field]) =>
    linked(name, [scalar('__typename'), scalar('id'), scalar(field)]),
  );
  const text = Object.entries(fields).map(([name, field]) => `${name}(id: "1") { __typename id ${field} }`);
  const operation = { argumentDefinitions: [], kind: 'Operation', name: 'SameId', selections };
  return {
    kind: 'Request',
    fragment: { ...operation, kind: 'Fragment', metadata: null, type: 'Query', abstractKey: null },
    operation,
    params: {
      cacheID: 'same-id',
      id: null,
      metadata: {},
      name: 'SameId',
      operationKind: 'query',
      text: `query SameId { ${text.join(' ')} }`,
    },
  } as unknown as ConcreteRequest;
}

describe('TanStack Query', () => {
  it('has the data and the errors of a partial response', async () => {
    const { url, upstream } = await start();
    upstream.fail('GET /Catalog', () => new HttpResponse(null, { status: 500 }));
    const client = new QueryClient();
    const { data, errors } = await client.fetchQuery(
      graphqlQuery(url, SellersWithFutureCatalogsDocument, {}),
    );
    expect(data.sellers.items[0]).toMatchObject({ name: 'Seller 1', futureCatalogs: null });
    expect(errors[0]?.extensions.code).toBe('UPSTREAM_UNAVAILABLE');
  });

  it('fails without data', async () => {
    const { url } = await start();
    const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
    await expect(client.fetchQuery(graphqlQuery(url, SellersDocument, { page: 0 }))).rejects.toThrow(
      'page must be from 1',
    );
  });
});

describe('gql.tada', () => {
  it('types a document that runs as it is', async () => {
    const { url } = await start();
    const client = new QueryClient();
    const { data } = await client.fetchQuery(graphqlQuery(url, OpeningSoon, {}));
    expect(data.upcomingCatalogs.items.map(headlineOf)).toEqual([
      'Catalog 1, 2026-09-01',
      'Catalog 2, 2026-09-01',
    ]);
  });
});

describe('the client preset', () => {
  it('types every scalar with strictScalars', async () => {
    const write = (scalars: object) =>
      generate(
        {
          ...config,
          documents: ['query Q { upcomingCatalogs { items { startDate } } }'],
          ...{ silent: true, errorsOnly: true },
          generates: {
            'generated/': {
              ...(config.generates['./src/gql/'] as object),
              config: { strictScalars: true, useTypeImports: true, scalars },
            },
          },
        },
        false,
      );
    const files = await write({ DateTime: 'string' });
    const types = files.find(({ filename }: { filename: string }) => filename.endsWith('graphql.ts'));
    expect(types.content).toMatch(/startDate\??: string \| null/);
    await expect(write({})).rejects.toThrow(/DateTime/);
  });
});

describe('docs/clients.md', () => {
  it.each(readdirSync('test/clients/snippets'))('shows the code of %s', (name) => {
    const source = readFileSync(`test/clients/snippets/${name}`, 'utf8');
    const region = /\/\/ #region \w+\n(.*?)\/\/ #endregion/s.exec(source)?.[1];
    expect(region).toBeTruthy();
    expect(readFileSync('docs/clients.md', 'utf8')).toContain(`\`\`\`ts\n${region}\`\`\`\n`);
  });
});
