import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DocumentNode, print } from 'graphql';
import { describe, expect, it, onTestFinished } from 'vitest';
import * as operations from '../../../operations/generated.ts';
import manifest from '../../../operations/persisted-documents.json' with { type: 'json' };
import { statusOf } from '../../../support/answers.ts';
import { sellerRecord } from '../../../support/catalog-api-mock.ts';
import { startGateway } from '../../../support/gateway.ts';
import { type HttpAnswer, post, send } from '../../../support/http-client.ts';
import { noRedis, startRedis } from '../../../support/redis.ts';
import { interceptUpstream } from '../../../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();

const QUERY = '{ sellers { items { name } } }';
const OTHER = '{ sellers { items { id } } }';

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Sends what Apollo Client sends: the hash, and the text if the server requests it. */
function automatic(text: string, query?: string) {
  const extensions = { persistedQuery: { version: 1, sha256Hash: hashOf(text) } };
  return query === undefined ? { extensions } : { extensions, query };
}

function errorOf({ status, body }: HttpAnswer) {
  const [error] = body.errors ?? [];
  return [status, error?.message, error?.extensions.code];
}

const NOT_FOUND = [200, 'PersistedQueryNotFound', 'PERSISTED_QUERY_NOT_FOUND'];

describe('an automatic persisted query', () => {
  it('is accepted by its hash alone after its text was registered', async () => {
    mockUpstream({ sellers: [sellerRecord({ id: 1, name: 'One' })] });
    const gateway = await startGateway();
    const unknown = await post(gateway, automatic(QUERY));
    expect(errorOf(unknown)).toEqual(NOT_FOUND);
    expect(unknown.headers.get('cache-control')).toBe('no-store');
    const registered = await post(gateway, automatic(QUERY, QUERY));
    expect(registered.body.data).toEqual({ sellers: { items: [{ name: 'One' }] } });
    const byHash = await post(gateway, automatic(QUERY));
    expect([byHash.text, statusOf(byHash)]).toEqual([registered.text, 'hit; ttl=600']);
    const path = `/graphql?extensions=${encodeURIComponent(JSON.stringify(automatic(QUERY).extensions))}`;
    expect((await send(gateway, path)).text).toBe(registered.text);
  });

  it('gets the response of its own document, whatever else is registered', async () => {
    mockUpstream({ sellers: [sellerRecord({ id: 1, name: 'One' })] });
    const gateway = await startGateway();
    for (const text of [QUERY, OTHER]) await post(gateway, automatic(text, text));
    expect((await post(gateway, automatic(OTHER))).body.data).toEqual({ sellers: { items: [{ id: '1' }] } });
    expect((await post(gateway, automatic(QUERY))).body.data).toEqual({
      sellers: { items: [{ name: 'One' }] },
    });
  });

  it('with a wrong hash is refused, and not registered', async () => {
    mockUpstream();
    const gateway = await startGateway();
    const wrong = await post(gateway, automatic(OTHER, QUERY));
    expect(errorOf(wrong)).toEqual([400, 'The hash does not match the text of the query.', 'BAD_USER_INPUT']);
    for (const text of [QUERY, OTHER])
      expect(errorOf(await post(gateway, automatic(text)))).toEqual(NOT_FOUND);
  });

  it.each([
    [{ version: 2, sha256Hash: hashOf(QUERY) }, 'Unsupported persisted-query version; use 1.'],
    [
      { version: 1, sha256Hash: 'x' },
      'sha256Hash must be the SHA-256 of the document, in 64 lower-case hexadecimal digits.',
    ],
    [{ version: 1 }, 'sha256Hash must be the SHA-256 of the document, in 64 lower-case hexadecimal digits.'],
  ])('of the form %j is refused', async (persistedQuery, message) => {
    mockUpstream();
    const gateway = await startGateway();
    const answer = await post(gateway, { query: QUERY, extensions: { persistedQuery } });
    expect(errorOf(answer)).toEqual([400, message, 'BAD_USER_INPUT']);
  });

  it.skipIf(noRedis)('that one process has the text of is known to the others', async () => {
    mockUpstream({ sellers: [sellerRecord({ id: 1, name: 'One' })] });
    const redis = await startRedis();
    onTestFinished(() => redis.kill());
    const [first, second] = [
      await startGateway({ REDIS_URL: redis.url }),
      await startGateway({ REDIS_URL: redis.url }),
    ];
    await post(first, automatic(QUERY, QUERY));
    await expect
      .poll(async () => (await post(second, automatic(QUERY))).body.data)
      .toEqual({ sellers: { items: [{ name: 'One' }] } });
  });
});

describe('with trusted documents only', () => {
  async function start(variables: Record<string, string> = {}) {
    mockUpstream({ sellers: [sellerRecord({ id: 1, name: 'One' })] });
    const folder = mkdtempSync(join(tmpdir(), 'catalog-gateway-manifest-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const manifest = join(folder, 'persisted-documents.json');
    writeFileSync(manifest, JSON.stringify({ [hashOf(QUERY)]: QUERY, short: OTHER }));
    return startGateway({ PERSISTED_DOCUMENTS: manifest, PERSISTED_ONLY: 'true', ...variables });
  }

  it.each([
    ['its hash, as Apollo sends it', automatic(QUERY)],
    ['its hash and text', automatic(QUERY, QUERY)],
    ['its text alone', { query: QUERY }],
    ['its id', { documentId: hashOf(QUERY) }],
    ['its id with the name of the algorithm', { documentId: `sha256:${hashOf(QUERY)}` }],
    ['the name that the manifest gives it', { documentId: 'short' }],
  ])('one is executed by %s', async (_, body) => {
    const answer = await post(await start(), body);
    expect(answer.body.data).toHaveProperty('sellers.items.0');
  });

  it.each([
    ['by its text', { query: OTHER.replace('id', 'name id') }],
    ['by its hash', automatic('{ sellers { page } }')],
    ['with its hash', automatic('{ sellers { page } }', '{ sellers { page } }')],
    ['that was not sent', {}],
  ])('another is refused, %s', async (_, body) => {
    const gateway = await start();
    for (let time = 0; time < 2; time += 1) {
      expect(errorOf(await post(gateway, body))).toEqual([
        400,
        'Only trusted documents are accepted.',
        'FORBIDDEN',
      ]);
    }
  });

  it('operators may send other documents', async () => {
    const gateway = await start({ ADMIN_TOKEN: 'a-token-for-operators' });
    const headers = { authorization: 'Bearer a-token-for-operators' };
    const answer = await post(gateway, { query: '{ sellers { page } }' }, headers);
    expect(answer.body.data).toEqual({ sellers: { page: 1 } });
    // The request of an operator does not make the document trusted for other clients.
    expect((await post(gateway, { query: '{ sellers { page } }' })).status).toBe(400);
  });
});

it('an unknown document id is not found', async () => {
  mockUpstream();
  expect(errorOf(await post(await startGateway(), { documentId: 'unheard' }))).toEqual(NOT_FOUND);
});

it('the generated manifest has every operation, as clients print it', () => {
  const documents = Object.entries(operations).filter(([name]) => name.endsWith('Document'));
  const hashes = documents.map(([, document]) => hashOf(print(document as unknown as DocumentNode)));
  expect(hashes.toSorted()).toEqual(Object.keys(manifest).toSorted());
});
