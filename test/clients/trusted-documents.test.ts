import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { createPersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { generate } from '@graphql-codegen/cli';
import { addTypenameSelectionDocumentTransform } from '@graphql-codegen/client-preset';
import { Client, cacheExchange, type Exchange, fetchExchange } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';
import { type DocumentNode, getOperationAST, parse, print } from 'graphql';
import { describe, expect, it, onTestFinished } from 'vitest';
import * as operations from '../operations/generated.ts';
import { sellerRecord } from '../support/catalog-api-mock.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { post } from '../support/http-client.ts';
import { recordFetch } from '../support/recorded-fetch.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();
const MANIFESTS = 'test/operations/manifests';
const VARIABLES = { page: 1, pageSize: 2 };

/** A gateway that executes only the documents of the manifest. */
function startTrusting(manifest: string): Promise<TestGateway> {
  mockUpstream({ sellers: [1, 2, 3].map((id) => sellerRecord({ id, name: `Seller ${id}` })) });
  return startGateway({ PERSISTED_DOCUMENTS: resolve(manifest), PERSISTED_ONLY: 'true' });
}

const names = (data: unknown) =>
  (data as { sellers: { items: { name: string }[] } }).sellers.items.map(({ name }) => name);

type PersistedDocuments = true | { readonly hashAlgorithm?: string; readonly mode?: string };

/** What the client preset writes: the manifest, and the documents whose `__meta__` has their names. */
async function generateByPreset(persistedDocuments: PersistedDocuments) {
  const folder = mkdtempSync(join(tmpdir(), 'catalog-gateway-preset-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const files = await generate(
    {
      silent: true,
      schema: 'schema.graphql',
      documents: 'test/operations/{sellers,catalogs}.graphql',
      config: { useTypeImports: true },
      generates: {
        [`${folder}/`]: {
          preset: 'client',
          presetConfig: { persistedDocuments },
          // Without it, Apollo Client finds no field of a fragment: the executed text has no __typename.
          documentTransforms: [addTypenameSelectionDocumentTransform],
        },
      },
    },
    false,
  );
  for (const { filename, content } of files) {
    mkdirSync(dirname(filename), { recursive: true });
    writeFileSync(filename, content);
  }
  const written: string[] = files.map(({ filename }: { filename: string }) => basename(filename));
  expect(written).toContain('persisted-documents.json');
  const { SellersDocument } = await import(pathToFileURL(join(folder, 'graphql.ts')).href);
  return { manifest: join(folder, 'persisted-documents.json'), document: SellersDocument as DocumentNode };
}

function nameOf(document: unknown): string {
  return (document as { __meta__: { hash: string } }).__meta__.hash;
}

/** Apollo Client that sends only names. */
async function queryByApollo(
  { origin }: TestGateway,
  query: DocumentNode,
  generateHash: (document: DocumentNode) => string,
  useGETForHashedQueries = false,
) {
  const { fetch, exchanges } = recordFetch();
  const persisted = createPersistedQueryLink({
    generateHash: async (document) => generateHash(document),
    disable: () => false,
    useGETForHashedQueries,
  });
  const link = ApolloLink.from([persisted, new HttpLink({ uri: `${origin}/graphql`, fetch })]);
  const possibleTypes = { Page: ['SellerPage', 'CatalogPage'] };
  const client = new ApolloClient({ cache: new InMemoryCache({ possibleTypes }), link });
  onTestFinished(() => client.stop());
  const { data } = await client.query({ query, variables: VARIABLES });
  return { data, exchanges };
}

/** urql that sends only names. */
async function queryByUrql(
  { origin }: TestGateway,
  query: DocumentNode,
  name: string,
  ...before: Exchange[]
) {
  const { fetch, exchanges } = recordFetch();
  const persisted = persistedExchange({ enforcePersistedQueries: true, generateHash: async () => name });
  const client = new Client({
    url: `${origin}/graphql`,
    exchanges: [...before, persisted, fetchExchange],
    preferGetMethod: false,
    fetch,
  });
  const { data, error } = await client.query(query, VARIABLES);
  expect(error).toBeUndefined();
  return { data, exchanges };
}

const onlyByName = (method: string) => [{ method, sends: 'hash', cacheStatus: 'fwd=miss; stored' }];

describe("the client preset's documents", { timeout: 120_000 }, () => {
  it.each<[string, PersistedDocuments, RegExp]>([
    ['by default', true, /^sha256:[0-9a-f]{64}$/],
    ['with SHA-256', { hashAlgorithm: 'sha256' }, /^sha256:[0-9a-f]{64}$/],
    ['with SHA-1', { hashAlgorithm: 'sha1' }, /^[0-9a-f]{40}$/],
  ])('are executed by the names that it gives them %s', async (_, persistedDocuments, form) => {
    const { manifest, document } = await generateByPreset(persistedDocuments);
    const gateway = await startTrusting(manifest);
    const name = nameOf(document);
    expect(name).toMatch(form);
    expect(Object.keys(JSON.parse(readFileSync(manifest, 'utf8')))).toContain(name);

    const { body } = await post(gateway, { documentId: name, variables: VARIABLES });
    expect(names(body.data)).toEqual(['Seller 1', 'Seller 2']);
    const others = [
      await queryByApollo(gateway, document, nameOf),
      await queryByApollo(gateway, document, nameOf, true),
      await queryByUrql(gateway, document, name),
      await queryByUrql(gateway, document, name, cacheExchange),
    ];
    for (const { data } of others) expect(names(data)).toEqual(['Seller 1', 'Seller 2']);
    expect(others.map(({ exchanges }) => exchanges[0])).toMatchObject(
      ['POST', 'GET', 'GET', 'GET'].map((method) => ({ method, sends: 'hash' })),
    );
  });

  it('are executed if the documents of the client are only names', async () => {
    const { manifest, document } = await generateByPreset({ mode: 'replaceDocumentWithHash' });
    expect(document).toEqual({ __meta__: { hash: nameOf(document) } });
    const { body } = await post(await startTrusting(manifest), {
      documentId: nameOf(document),
      variables: VARIABLES,
    });
    expect(names(body.data)).toEqual(['Seller 1', 'Seller 2']);
  });

  it('are refused with another text, and with the name of another', async () => {
    const { manifest, document } = await generateByPreset({ hashAlgorithm: 'sha1' });
    const gateway = await startTrusting(manifest);
    const text = print(document);
    for (const request of [
      { documentId: nameOf(document), query: text },
      { documentId: nameOf(document), query: '{ sellers { totalItems } }' },
      { documentId: 'a'.repeat(40) },
    ])
      expect((await post(gateway, { variables: VARIABLES, ...request })).status).toBe(400);
  });
});

it("Apollo's manifest is executed by the ids that Apollo Client takes from it", async () => {
  const path = `${MANIFESTS}/apollo.json`;
  const manifest: { operations: { id: string; name: string }[] } = JSON.parse(readFileSync(path, 'utf8'));
  const idOf = (document: DocumentNode) =>
    manifest.operations.find(({ name }) => name === getOperationAST(document)?.name?.value)?.id ?? '';
  // As in the file that the manifest was generated from. The client adds __typename, as the generator did.
  const document = parse(`
    query Sellers($page: Int! = 1, $pageSize: Int! = 25) {
      sellers(page: $page, pageSize: $pageSize) {
        items {
          ...SellerFields
        }
        totalItems
      }
    }

    fragment SellerFields on Seller {
      id
      name
    }
  `);
  const gateway = await startTrusting(path);
  const byPost = await queryByApollo(gateway, document, idOf);
  expect([names(byPost.data), byPost.exchanges]).toEqual([['Seller 1', 'Seller 2'], onlyByName('POST')]);
  const byGet = await queryByApollo(gateway, document, idOf, true);
  expect([names(byGet.data), byGet.exchanges[0]?.method]).toEqual([['Seller 1', 'Seller 2'], 'GET']);
  // The client's own hash is that of the generator: the text is the same.
  const byHash = await queryByApollo(gateway, document, (sent) =>
    createHash('sha256').update(print(sent)).digest('hex'),
  );
  expect(names(byHash.data)).toEqual(['Seller 1', 'Seller 2']);
});

it.each(['md5', 'sha1', 'sha256'])(
  "Relay's manifest with %s is executed by the ids of its artifacts",
  async (algorithm) => {
    const path = `${MANIFESTS}/relay-${algorithm}.json`;
    const [[id, text] = []] = Object.entries<string>(JSON.parse(readFileSync(path, 'utf8')));
    expect(createHash(algorithm).update(`${text}`).digest('hex')).toBe(id);
    const gateway = await startTrusting(path);
    // The forms of Relay's documentation. `text` of a persisted artifact is null.
    for (const request of [{ doc_id: id }, { id }, { id, query: null }, { documentId: id }]) {
      const { body } = await post(gateway, { ...request, variables: VARIABLES });
      expect(names(body.data)).toEqual(['Seller 1', 'Seller 2']);
    }
  },
);

it('the manifest of this repository is executed by the hash of the printed document', async () => {
  const gateway = await startTrusting('test/operations/persisted-documents.json');
  const document = operations.SellersDocument as unknown as DocumentNode;
  const hash = createHash('sha256').update(print(document)).digest('hex');
  const { body } = await post(gateway, { documentId: hash, variables: VARIABLES });
  expect(names(body.data)).toEqual(['Seller 1', 'Seller 2']);
  const byUrql = await queryByUrql(gateway, document, hash);
  expect(names(byUrql.data)).toEqual(['Seller 1', 'Seller 2']);
});
