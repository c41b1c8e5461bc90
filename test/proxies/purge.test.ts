import { describe, expect, it } from 'vitest';
import { InvalidateDocument, SellerDocument } from '../operations/generated.ts';
import { sellerRecord } from '../support/catalog-api-mock.ts';
import type { WireAnswer } from '../support/http-client.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';
import { noVarnish } from '../support/varnish.ts';
import { get, isFromProxy, pathOf, reached, startScene } from './scene.ts';

const mockUpstream = interceptUpstream();
const ADMIN_TOKEN = 'a-token-for-operators';

async function start(sellers: readonly number[], variables: Record<string, string> = {}) {
  const upstream = mockUpstream({ sellers: sellers.map((id) => sellerRecord({ id })) });
  const scene = await startScene({ ADMIN_TOKEN, SURROGATE_KEYS: 'true', ...variables });
  return {
    ...scene,
    upstream,
    invalidate: (tag: string) => scene.gateway.query(InvalidateDocument, { tags: [tag] }, ADMIN_TOKEN),
  };
}

function sellerIn({ bytes }: WireAnswer): string {
  return JSON.parse(String(bytes)).data.seller.name;
}

describe.skipIf(noVarnish)('a Varnish entry', () => {
  it('is purged by its surrogate key, and no other entry is', async () => {
    const { invalidate, upstream, varnish } = await start([1, 2, 12]);
    const seller = (id: string) => get(varnish, {}, pathOf(SellerDocument, { id }));
    for (const id of ['1', '2', '12']) await seller(id);
    upstream.sellers[0] = sellerRecord({ id: 1, name: 'Renamed' });
    await invalidate('seller:1');
    // It is the proxy's to be told.
    expect(sellerIn(await seller('1'))).toBe('Seller 1');
    await varnish.purge('seller:1');
    const renewed = await seller('1');
    expect([isFromProxy(renewed), sellerIn(renewed)]).toEqual([false, 'Renamed']);
    for (const id of ['1', '2', '12']) expect(isFromProxy(await seller(id))).toBe(true);
  });

  it('is purged by the coarse key if it has too many keys to send', async () => {
    const ids = Array.from({ length: 400 }, (_, index) => 2_000_000_000 + index);
    const { invalidate, upstream, varnish } = await start(ids);
    const page = (number: number) =>
      `p${number}: sellers(page: ${number}, pageSize: 200) { items { name futureCatalogs(pageSize: 1) { page } } }`;
    const path = `/graphql?${new URLSearchParams({ query: `{ ${page(1)} ${page(2)} }` })}`;
    const { headers } = await get(varnish, {}, path);
    expect(headers['surrogate-key']?.toString().split(' ').toSorted()).toEqual(['catalogs', 'sellers']);
    upstream.sellers[7] = sellerRecord({ id: 2_000_000_007, name: 'Renamed' });
    await invalidate('sellers');
    await varnish.purge('sellers');
    expect(String((await get(varnish, {}, path)).bytes)).toContain('Renamed');
  });

  it('is revalidated after it expired, and lives on', async () => {
    const { gateway, invalidate, upstream, varnish } = await start([1], { CACHE_TTL_SELLERS: '1' });
    await get(varnish);
    upstream.sellers[0] = sellerRecord({ id: 1, name: 'Renamed' });
    await invalidate('sellers');
    await expect
      .poll(async () => String((await get(varnish)).bytes), { timeout: 60_000 })
      .toContain('Renamed');
    // Of something else there is no 304.
    expect(reached(gateway)).not.toContain(304);
  });

  it('is never old data if an invalidation overtakes its revalidation', async () => {
    const { gateway, invalidate, upstream, varnish } = await start([1], { CACHE_TTL_SELLERS: '1' });
    await get(varnish);
    // Past all that the gateway may still serve, so that the next revalidation has to wait for the upstream.
    gateway.clock.ms += 2 * 3_600_000;
    const calls = upstream.calls('GET /Seller');
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
    upstream.fail('GET /Seller', async () => {
      const old = { ...upstream.sellers[0] };
      await held;
      return Response.json({ items: [old], pageNumber: 1, totalPages: 1, totalItems: 1 });
    });
    // The stale answer goes out at once; what renews it hangs on the upstream, which has read the old state.
    await expect
      .poll(
        async () => {
          expect(isFromProxy(await get(varnish))).toBe(true);
          return upstream.calls('GET /Seller');
        },
        { timeout: 60_000 },
      )
      .toBe(calls + 1);
    upstream.recover('GET /Seller');
    upstream.sellers[0] = sellerRecord({ id: 1, name: 'Renamed' });
    await invalidate('sellers');
    await varnish.purge('sellers');
    const asked = get(varnish);
    letGo();
    expect(String((await asked).bytes)).toContain('Renamed');
    expect(String((await get(varnish)).bytes)).toContain('Renamed');
  });
});
