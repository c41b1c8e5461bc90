import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { type DocumentNode, print } from 'graphql';
import { describe, expect, it } from 'vitest';
import * as operations from '../../operations/generated.ts';
import { catalogRecord, sellerRecord } from '../../support/catalog-api-mock.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { exchange } from '../../support/http-client.ts';
import { interceptUpstream } from '../../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();

const DECODERS = {
  identity: (bytes: Buffer) => bytes,
  gzip: gunzipSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
};

const QUERIES = Object.entries(operations).flatMap(([name, operation]) => {
  if (!name.endsWith('Document')) return [];
  const query = print(operation as unknown as DocumentNode);
  return query.startsWith('query') && !query.includes('cacheEntry') ? [[name, query] as const] : [];
});

const VARIABLES = { id: '1', sellerId: '1' };

function manySellers() {
  return mockUpstream({
    sellers: Array.from({ length: 40 }, (_, index) => sellerRecord({ id: index + 1 })),
    catalogs: Array.from({ length: 80 }, (_, index) =>
      catalogRecord({ id: 100 + index, sellerIds: [1 + (index % 40)] }),
    ),
  });
}

function postOf(query: string, headers: Record<string, string> = {}) {
  const body = JSON.stringify({ query, variables: VARIABLES });
  return { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } };
}

function pathOf(query: string): string {
  return `/graphql?${new URLSearchParams({ query, variables: JSON.stringify(VARIABLES) })}`;
}

describe('a hit', () => {
  it.each(QUERIES)('equals its miss byte for byte, in each coding: %s', async (_, query) => {
    manySellers();
    const gateway = await startGateway();
    const plain = await exchange(gateway, '/graphql', postOf(query));
    expect(plain.headers['cache-status']).toBe('catalog-gateway; fwd=miss; stored');
    for (const [coding, decode] of Object.entries(DECODERS)) {
      // A new gateway, so that the first response in the coding is a miss.
      const cold = await startGateway();
      const miss = await exchange(cold, '/graphql', postOf(query, { 'accept-encoding': coding }));
      const hit = await exchange(cold, '/graphql', postOf(query, { 'accept-encoding': coding }));
      const warm = await exchange(gateway, '/graphql', postOf(query, { 'accept-encoding': coding }));
      expect(miss.headers['cache-status']).toContain('fwd=miss');
      for (const each of [hit, warm]) {
        expect(each.headers['cache-status']).toContain('hit');
        expect(each.bytes.equals(miss.bytes)).toBe(true);
        expect(each.headers.etag).toBe(miss.headers.etag);
        expect(each.headers['content-length']).toBe(String(each.bytes.length));
      }
      expect(miss.headers['content-encoding'] ?? 'identity').toBe(
        miss.bytes.length < 1024 && plain.bytes.length < 1024 ? 'identity' : coding,
      );
      const decoded = miss.headers['content-encoding'] ? decode(miss.bytes) : miss.bytes;
      expect(decoded.equals(plain.bytes)).toBe(true);
    }
  });

  it('equals an execution without the cache', async () => {
    manySellers();
    const [cached, uncached] = [await startGateway(), await startGateway({ RESPONSE_CACHE_MB: '0' })];
    for (const [, query] of QUERIES) {
      await exchange(cached, '/graphql', postOf(query));
      const hit = await exchange(cached, '/graphql', postOf(query));
      expect(hit.headers['cache-status']).toContain('hit');
      expect(hit.bytes.equals((await exchange(uncached, '/graphql', postOf(query))).bytes)).toBe(true);
    }
  });
});

describe('an entity tag', () => {
  const query = print(operations.SellersWithFutureCatalogsDocument as DocumentNode);
  const get = (gateway: TestGateway, headers: Record<string, string> = {}) =>
    exchange(gateway, pathOf(query), { headers });

  it('is strong, quoted, and different for each coding', async () => {
    manySellers();
    const gateway = await startGateway();
    const tags = await Promise.all(
      Object.keys(DECODERS).map(
        async (coding) => (await get(gateway, { 'accept-encoding': coding })).headers.etag,
      ),
    );
    expect(new Set(tags).size).toBe(4);
    for (const tag of tags) expect(tag).toMatch(/^"[\w-]+"$/);
  });

  it('in If-None-Match makes a matching GET 304, without content', async () => {
    manySellers();
    const gateway = await startGateway();
    const { etag = '' } = (await get(gateway)).headers;
    for (const ifNoneMatch of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const { status, headers, bytes } = await get(gateway, { 'if-none-match': ifNoneMatch });
      expect([status, bytes.length, headers.etag]).toEqual([304, 0, etag]);
      expect(headers['content-type']).toBeUndefined();
      expect(headers['cache-control']).toMatch(/^public, max-age=/);
      expect(headers.vary).toBe('Accept, Accept-Encoding, Authorization');
    }
    for (const ifNoneMatch of ['"other"', `"${etag}`, ','.repeat(10_000)])
      expect((await get(gateway, { 'if-none-match': ifNoneMatch })).status).toBe(200);
  });

  it('is in the response to HEAD, with the headers of GET and no content', async () => {
    manySellers();
    const gateway = await startGateway();
    const whole = await get(gateway);
    const { status, headers, bytes } = await exchange(gateway, pathOf(query), { method: 'HEAD' });
    expect([status, bytes.length]).toEqual([200, 0]);
    expect(headers.etag).toBe(whole.headers.etag);
    expect(headers['content-length']).toBe(String(whole.bytes.length));
  });

  it('does not affect a POST', async () => {
    manySellers();
    const gateway = await startGateway();
    const { etag = '' } = (await exchange(gateway, '/graphql', postOf(query))).headers;
    const again = await exchange(gateway, '/graphql', postOf(query, { 'if-none-match': etag }));
    expect([again.status, again.headers.etag]).toEqual([200, etag]);
  });

  it('changes with the content', async () => {
    const upstream = manySellers();
    const gateway = await startGateway();
    const before = await get(gateway);
    upstream.sellers[0] = sellerRecord({ id: 1, name: 'Renamed' });
    upstream.catalogs[0] = catalogRecord({ id: 100, sellerIds: [1], title: 'Renamed' });
    gateway.clock.ms += 6000;
    const after = await get(gateway, {
      'cache-control': 'no-cache',
      'if-none-match': before.headers.etag ?? '',
    });
    expect(after.status).toBe(200);
    expect(after.headers.etag).not.toBe(before.headers.etag);
  });
});

describe('max-age and Age of a response', () => {
  it('differ by the remaining lifetime, never more', async () => {
    manySellers();
    const gateway = await startGateway();
    const query = '{ sellers { items { id } } }';
    const lifetime = 'public, max-age=600, stale-while-revalidate=3600, stale-if-error=3600';
    const times = async () => {
      const { headers } = await exchange(gateway, '/graphql', postOf(query));
      return [headers['cache-control'], headers.age, headers['cache-status']?.toString().split('; ').at(-1)];
    };
    expect(await times()).toEqual([lifetime, '0', 'stored']);
    for (const [laterMs, age, ttl] of [
      [0, '0', 'ttl=600'],
      [1, '1', 'ttl=599'],
      [999, '1', 'ttl=599'],
      [1, '2', 'ttl=598'],
      [598_998, '600', 'ttl=0'],
    ] as const) {
      gateway.clock.ms += laterMs;
      expect(await times()).toEqual([lifetime, age, ttl]);
    }
  });
});

describe('the tags of a response', () => {
  it('are in headers for a CDN only with SURROGATE_KEYS', async () => {
    manySellers();
    const query = '{ seller(id: 1) { name futureCatalogs { totalItems } } }';
    const { headers } = await exchange(
      await startGateway({ SURROGATE_KEYS: 'true' }),
      '/graphql',
      postOf(query),
    );
    expect(headers['surrogate-key']?.toString().split(' ').toSorted()).toEqual([
      'catalogs',
      'catalogs:seller:1',
      'seller:1',
      'sellers',
    ]);
    expect(headers['cache-tag']).toBe(headers['surrogate-key']?.toString().replaceAll(' ', ','));
    const plain = await exchange(await startGateway(), '/graphql', postOf(query));
    expect(plain.headers).not.toHaveProperty('surrogate-key');
  });
});

describe('the cache entries of a response', () => {
  const query = '{ seller(id: 1) { name } }';
  const debug = { 'x-cache-debug': '1' };

  it('are listed for a request with X-Cache-Debug', async () => {
    manySellers();
    const gateway = await startGateway();
    const first = await exchange(gateway, '/graphql', postOf(query, debug));
    gateway.clock.ms += 30_000;
    const second = await exchange(gateway, '/graphql', postOf(query, debug));
    const entries = (answer: typeof first) => JSON.parse(String(answer.bytes)).extensions.cache.entries;
    // The namespace of the source is part of the key.
    const entry = { class: 'seller', key: expect.stringMatching(/^cat_v1\.[a-z0-9]+:\{seller_1\}$/) };
    expect(entries(first)).toEqual([{ ...entry, tier: 'load', age: 0, ttl: 600 }]);
    expect(entries(second)).toEqual([{ ...entry, tier: 'memory', age: 30, ttl: 570 }]);
    expect(second.headers['cache-status']).toBe('catalog-gateway; fwd=bypass');
  });

  it('are not listed in production', async () => {
    manySellers();
    const gateway = await startGateway({ NODE_ENV: 'production' });
    const { bytes } = await exchange(gateway, '/graphql', postOf(query, debug));
    expect(JSON.parse(String(bytes))).not.toHaveProperty('extensions');
  });
});
