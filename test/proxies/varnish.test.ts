import { createHash } from 'node:crypto';
import { type DocumentNode, print } from 'graphql';
import { describe, expect, it } from 'vitest';
import { SellerDocument } from '../operations/generated.ts';
import { sellerRecord } from '../support/catalog-api-mock.ts';
import { NOW } from '../support/gateway.ts';
import { exchange, type WireAnswer } from '../support/http-client.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';
import { noVarnish } from '../support/varnish.ts';
import { get, isFromProxy, reached, SELLERS, startScene, ttlAtProxy } from './scene.ts';

const mockUpstream = interceptUpstream();

function start(variables: Record<string, string> = {}) {
  mockUpstream({ sellers: Array.from({ length: 40 }, (_, index) => sellerRecord({ id: index + 1 })) });
  return startScene(variables);
}

describe.skipIf(noVarnish)('Varnish in front', () => {
  it('answers a GET from its cache while it is fresh', async () => {
    const { gateway, varnish } = await start();
    const first = await get(varnish);
    const second = await get(varnish);
    expect([isFromProxy(first), isFromProxy(second)]).toEqual([false, true]);
    expect(second.bytes.equals(first.bytes)).toBe(true);
    expect(second.headers.etag).toBe(first.headers.etag);
    expect((await get(varnish, { 'if-none-match': first.headers.etag ?? '' })).status).toBe(304);
    expect(reached(gateway)).toEqual([200]);
  });

  it('keeps no response longer than the gateway does', async () => {
    const { gateway, varnish } = await start();
    for (const [ageSeconds, path] of [
      [0, SELLERS],
      [100, `${SELLERS}&operationName=Sellers`],
      [290, `${SELLERS}&operationName=`],
    ] as const) {
      await exchange(gateway, SELLERS);
      gateway.clock.ms = NOW + ageSeconds * 1000;
      const answer = await get(varnish, {}, path);
      expect(ttlAtProxy(answer)).toBeGreaterThan(0);
      expect(ttlAtProxy(answer)).toBeLessThanOrEqual(600 - ageSeconds);
    }
  });

  it('revalidates an expired response by entity tag, and gets 304', async () => {
    const { gateway, varnish } = await start({ CACHE_TTL_SELLERS: '1', CACHE_TTL_STALE: '0' });
    const first = await get(varnish);
    const later: WireAnswer[] = [];
    await expect
      .poll(
        async () => {
          later.push(await get(varnish));
          return reached(gateway);
        },
        { timeout: 60_000 },
      )
      .toEqual([200, 304]);
    for (const { status, bytes } of later) expect([status, bytes.equals(first.bytes)]).toEqual([200, true]);
  });

  it.each(['blackHole', 'cut'] as const)(
    'serves stale responses while the gateway is unreachable (%s)',
    async (fault) => {
      const { gateway, between, varnish } = await start({ CACHE_TTL_SELLERS: '1' });
      const first = await get(varnish);
      between[fault]();
      await expect.poll(async () => ttlAtProxy(await get(varnish)), { timeout: 60_000 }).toBeLessThan(0);
      for (let time = 0; time < 10; time += 1) {
        const answer = await get(varnish);
        expect([answer.status, isFromProxy(answer)]).toEqual([200, true]);
        expect(answer.bytes.equals(first.bytes)).toBe(true);
      }
      expect(reached(gateway)).toEqual([200]);
      between.pass();
      await expect.poll(async () => ttlAtProxy(await get(varnish)), { timeout: 60_000 }).toBeGreaterThan(0);
      expect(reached(gateway)).toContain(304);
    },
  );

  it('separates responses by coding and media type', async () => {
    const { gateway, varnish } = await start();
    const wishes = ['application/json', 'application/graphql-response+json'].flatMap((accept) =>
      ['identity', 'gzip', 'br', 'zstd'].map((coding) => ({ accept, 'accept-encoding': coding })),
    );
    const tags = new Set<string | undefined>();
    for (const wish of wishes) {
      const [miss, hit] = [await get(varnish, wish), await get(varnish, wish)];
      expect([isFromProxy(miss), isFromProxy(hit)]).toEqual([false, true]);
      expect(hit.headers['content-type']).toBe(`${wish.accept}; charset=utf-8`);
      expect(hit.headers['content-encoding'] ?? 'identity').toBe(wish['accept-encoding']);
      expect(hit.bytes.equals(miss.bytes)).toBe(true);
      tags.add(hit.headers.etag);
    }
    expect(tags.size).toBe(4);
    expect(reached(gateway)).toHaveLength(wishes.length);
  });

  it('stores no private response', async () => {
    const { gateway, varnish } = await start();
    const credentials = [{ authorization: 'Bearer a' }, { authorization: 'Bearer b' }];
    for (const headers of [...credentials, ...credentials]) {
      const answer = await get(varnish, headers);
      expect(answer.headers['cache-control']).toMatch(/^private,/);
      expect(isFromProxy(answer)).toBe(false);
    }
    expect(reached(gateway)).toHaveLength(4);
    // What is for everybody is kept beside it, and cookies mean nothing.
    await get(varnish);
    expect(isFromProxy(await get(varnish))).toBe(true);
    expect(isFromProxy(await get(varnish, { cookie: 's=1' }))).toBe(true);
  });

  it('shares responses that are public', async () => {
    const { varnish } = await start({ RESPONSE_CACHE_SHARED: 'true' });
    await get(varnish, { authorization: 'Bearer a' });
    expect(isFromProxy(await get(varnish, { authorization: 'Bearer b', cookie: 's=1' }))).toBe(true);
  });

  it('stores no errors and no unknown-hash responses', async () => {
    const { varnish } = await start();
    const query = print(SellerDocument as DocumentNode);
    const sha256Hash = createHash('sha256').update(query).digest('hex');
    const parameters = {
      variables: '{"id":"1"}',
      extensions: JSON.stringify({ persistedQuery: { version: 1, sha256Hash } }),
    };
    const byHash = `/graphql?${new URLSearchParams(parameters)}`;
    const error = '/graphql?query={nonsense}';
    for (const path of [error, error, byHash, byHash]) {
      const answer = await get(varnish, {}, path);
      expect(isFromProxy(answer)).toBe(false);
      expect(JSON.parse(String(answer.bytes))).toHaveProperty('errors');
    }
    await get(varnish, {}, `${byHash}&${new URLSearchParams({ query })}`);
    const [miss, hit] = [await get(varnish, {}, byHash), await get(varnish, {}, byHash)];
    expect([isFromProxy(miss), isFromProxy(hit)]).toEqual([false, true]);
    expect(JSON.parse(String(hit.bytes))).toHaveProperty('data.seller.name', 'Seller 1');
  });
});
