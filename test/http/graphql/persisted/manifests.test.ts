import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '../../../../src/config/config.ts';
import { sellerRecord } from '../../../support/catalog-api-mock.ts';
import { startGateway } from '../../../support/gateway.ts';
import { post } from '../../../support/http-client.ts';
import { interceptUpstream } from '../../../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();

const QUERY = 'query Sellers {\n  sellers {\n    items {\n      name\n    }\n  }\n}';
const hashOf = (algorithm: string, text = QUERY) => createHash(algorithm).update(text).digest('hex');
const SHA256 = hashOf('sha256');
const MD5 = hashOf('md5');

function apollo(id: string, body = QUERY, version: unknown = 1) {
  const operations = [{ id, body, name: 'Sellers', type: 'query' }];
  return { format: 'apollo-persisted-query-manifest', version, operations };
}

function fileOf(content: unknown): string {
  const folder = mkdtempSync(join(tmpdir(), 'catalog-gateway-manifest-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'manifest.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const asked = (sha256Hash: string) => ({ extensions: { persistedQuery: { version: 1, sha256Hash } } });

describe('a manifest', () => {
  it.each<[string, unknown, string, object[]]>([
    [
      'of the client preset',
      { [`sha256:${SHA256}`]: QUERY },
      'true',
      [
        { documentId: `sha256:${SHA256}` },
        { documentId: SHA256 },
        asked(SHA256),
        asked(`sha256:${SHA256}`),
        { ...asked(SHA256), query: QUERY },
        { documentId: `sha256:${SHA256}`, query: QUERY },
        { query: QUERY },
      ],
    ],
    [
      'of the client preset with another algorithm',
      { [hashOf('sha1')]: QUERY },
      'true',
      [{ documentId: hashOf('sha1') }, { documentId: hashOf('sha1'), query: QUERY }, asked(hashOf('sha1'))],
    ],
    ['of Apollo', apollo(SHA256), 'true', [asked(SHA256), { ...asked(SHA256), query: QUERY }]],
    [
      'of Apollo with ids of its own',
      apollo('Sellers:1'),
      'true',
      [asked('Sellers:1'), { documentId: 'Sellers:1' }],
    ],
    ['of Relay', { [MD5]: QUERY }, 'true', [{ doc_id: MD5 }, { id: MD5 }, { documentId: MD5 }]],
    ['of urql', { [SHA256]: QUERY }, 'true', [asked(SHA256)]],
    ['with a byte order mark', `\uFEFF${JSON.stringify({ [SHA256]: QUERY })}`, 'true', [asked(SHA256)]],
    ['beside other documents', { [MD5]: QUERY }, 'false', [{ doc_id: MD5 }, { id: MD5, query: QUERY }]],
  ])('%s names the documents that its clients ask for', async (_, manifest, only, requests) => {
    mockUpstream({ sellers: [sellerRecord({ id: 1, name: 'One' })] });
    const gateway = await startGateway({ PERSISTED_DOCUMENTS: fileOf(manifest), PERSISTED_ONLY: only });
    for (const request of requests.filter((each) => only === 'true' || !('query' in each))) {
      const { body } = await post(gateway, { operationName: 'Sellers', variables: {}, ...request });
      expect(body).toEqual({ data: { sellers: { items: [{ name: 'One' }] } } });
    }
    const unknown = await post(gateway, { documentId: 'unknown' });
    expect(unknown.body.errors).toHaveLength(1);
  });

  it.each<[string, unknown, string]>([
    ['is no JSON', '{', 'must be valid JSON'],
    ['is empty', '', 'must be valid JSON, and is empty'],
    ['has only a byte order mark', '\uFEFF\n', 'must be valid JSON, and is empty'],
    ['is HTML', '<!doctype html><title>404</title>', 'must be valid JSON, and is HTML or XML'],
    ['is GraphQL', QUERY, 'must be valid JSON'],
    ['is a list', [], 'must be an object of documents by their hash'],
    ['is a list of operations', apollo(SHA256).operations, 'must be an object of documents by their hash'],
    ['is null', null, 'must be an object of documents by their hash'],
    ['is a text', JSON.stringify(QUERY), 'must be an object of documents by their hash'],
    [
      'has objects instead of texts, as Apollo Kotlin writes them',
      { [SHA256]: { name: 'Sellers', source: QUERY } },
      `must contain a text for "${SHA256}"`,
    ],
    [
      'has operations without a format',
      { operations: apollo(SHA256).operations },
      'must have the format "apollo-persisted-query-manifest" beside its operations',
    ],
    [
      'has operations of another format',
      { ...apollo(SHA256), format: 'apollo-operation-manifest' },
      'must have the format "apollo-persisted-query-manifest" beside its operations',
    ],
    [
      'has texts beside operations',
      { [SHA256]: QUERY, operations: apollo(SHA256).operations },
      'must have the format "apollo-persisted-query-manifest" beside its operations',
    ],
    [
      "has texts beside Apollo's operations",
      { ...apollo(SHA256), [MD5]: QUERY },
      `must not mix Apollo's format with "${MD5}"`,
    ],
    [
      'has hashes by name, as clients need them',
      { Sellers: SHA256 },
      'must contain valid GraphQL for "Sellers"',
    ],
    ['has no documents', {}, 'must contain at least one document'],
    ['has something else than texts', { a: 1 }, 'must contain a text for "a"'],
    [
      'has the hash of another text',
      { [SHA256]: '{ __typename }' },
      `must use the SHA-256 of its text as the name of "${SHA256}"`,
    ],
    [
      'has a prefixed hash of another text',
      { [`sha256:${SHA256}`]: '{ __typename }' },
      'must use the SHA-256 of its text',
    ],
    ['has a prefix and no hash', { 'sha256:a': QUERY }, 'must use the SHA-256 of its text'],
    ['has no name for a document', { '': QUERY }, 'must not contain a document with an empty name'],
    [
      'has text that is no GraphQL',
      { a: 'query {' },
      'must contain valid GraphQL for "a" (Syntax Error: Expected Name, found <EOF>.)',
    ],
    [
      'has long text that is no GraphQL',
      { [`b${'c'.repeat(5000)}`]: `{ ${'x'.repeat(5000)}( ` },
      'must contain valid GraphQL for "b',
    ],
    ["is of a version of Apollo's that is not known", apollo(SHA256, QUERY, 2), 'must be version 1'],
    [
      "is Apollo's without operations",
      { format: 'apollo-persisted-query-manifest', version: 1 },
      'must contain a list of operations',
    ],
    [
      "is Apollo's with operations without a body",
      { ...apollo('a'), operations: [{ id: 'a' }] },
      'an id and a body',
    ],
    [
      'has two documents by one name',
      {
        ...apollo('a'),
        operations: [
          { id: 'a', body: QUERY },
          { id: 'a', body: '{ __typename }' },
        ],
      },
      'must not contain two documents with the name "a"',
    ],
  ])('that %s is refused at the start', (_, manifest, message) => {
    const load = () => loadConfig({ PERSISTED_DOCUMENTS: fileOf(manifest) });
    expect(load).toThrow(`PERSISTED_DOCUMENTS ${message.startsWith('must') ? message : ''}`);
    expect(load).toThrow(message);
    expect(load).toThrow(/^[\s\S]{1,600}$/);
  });

  it('that cannot be read is refused at start', () => {
    expect(() => loadConfig({ PERSISTED_DOCUMENTS: '/nowhere/manifest.json' })).toThrow(
      'PERSISTED_DOCUMENTS must be the path of a readable file',
    );
  });
});
