import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createRegistrations } from '../../../../src/http/graphql/persisted/registrations.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';
import { post } from '../../../support/http-client.ts';
import { interceptUpstream } from '../../../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();

const numbered = (count: number) => Array.from({ length: count }, (_, index) => index);

function hashed(query: string) {
  const sha256Hash = createHash('sha256').update(query).digest('hex');
  return { extensions: { persistedQuery: { version: 1, sha256Hash } } };
}

/** Sends the text with its hash, and then the hash alone. */
async function register(gateway: TestGateway, query: string) {
  const first = await post(gateway, { ...hashed(query), query });
  return { first, byHash: await post(gateway, hashed(query)) };
}

describe('an automatic persisted query', () => {
  it.each([
    ['does not parse', '{ sellers '],
    ['is not valid', '{ nonsense }'],
    [
      'is refused for its cost',
      '{ sellers(pageSize: 200) { items { catalogs(pageSize: 200) { items { id } } } } }',
    ],
    ['has variables that do not fit', 'query ($n: Int!) { sellers(page: $n) { page } }'],
    ['is large', `{ __typename } #${'x'.repeat(20_000)}`],
  ])('that %s gets its response, but is not registered', async (_, query) => {
    mockUpstream();
    const gateway = await startGateway();
    const { first, byHash } = await register(gateway, query);
    expect(first.text).toBe((await post(gateway, { query })).text);
    expect(byHash.body.errors?.[0]?.message).toBe('PersistedQueryNotFound');
  });

  it('is executed but not stored after its client has registered 500', { timeout: 60_000 }, async () => {
    mockUpstream();
    const gateway = await startGateway();
    const queryOf = (index: number) => `{ __typename a${index % 50}: __typename } # ${index}`;
    for (const index of numbered(500)) {
      const query = queryOf(index);
      await post(gateway, { ...hashed(query), query });
    }
    expect((await post(gateway, hashed(queryOf(499)))).body.data).toHaveProperty('__typename');
    const { first, byHash } = await register(gateway, queryOf(500));
    expect(first.body.data).toHaveProperty('__typename');
    expect(byHash.body.errors?.[0]?.message).toBe('PersistedQueryNotFound');
  });
});

describe('registrations', () => {
  it('are bounded per address by number and size', () => {
    const { take } = createRegistrations();
    expect(numbered(600).filter(() => take('a', 100))).toHaveLength(500);
    expect(numbered(600).filter(() => take('b', 16 * 1024))).toHaveLength(64);
    expect(take('c', 100)).toBe(true);
  });

  it('are bounded in total', () => {
    const { take } = createRegistrations();
    expect(numbered(5000).filter((index) => take(`a${index}`, 100))).toHaveLength(2000);
    const { take: takeLarge } = createRegistrations();
    expect(numbered(5000).filter((index) => takeLarge(`a${index}`, 16 * 1024))).toHaveLength(256);
  });
});
