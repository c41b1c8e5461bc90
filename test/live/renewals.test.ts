import { HttpResponse } from 'msw';
import { describe, expect, it, onTestFinished } from 'vitest';
import { InvalidateDocument } from '../operations/generated.ts';
import { catalogRecord, sellerRecord } from '../support/catalog-api-mock.ts';
import { openStream, type TestStream } from '../support/event-stream.ts';
import { startGateway } from '../support/gateway.ts';
import { post } from '../support/http-client.ts';
import { noRedis, startRedis } from '../support/redis.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();
const ADMIN_TOKEN = 'a-token-for-operators';
const SELLERS = 'subscription { sellers { items { name } } }';
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

async function start(variables: Record<string, string> = {}) {
  const upstream = mockUpstream({
    sellers: [sellerRecord({ id: 1, name: 'First' })],
    catalogs: [catalogRecord({ id: 10, sellerIds: [1], startDate: '2026-06-16T00:00:00', title: 'Soon' })],
  });
  const gateway = await startGateway({ ADMIN_TOKEN, ...variables });
  const rename = (name: string) => {
    upstream.sellers[0] = sellerRecord({ id: 1, name });
  };
  const invalidate = (...tags: string[]) => gateway.query(InvalidateDocument, { tags }, ADMIN_TOKEN);
  const renewals = () => gateway.events.filter(({ type }) => type === 'live-renewed').length;
  return { upstream, gateway, rename, invalidate, renewals };
}

/** The texts of all events, so that a repeated one shows. */
const namesOf = (stream: TestStream) =>
  stream.results.map(({ data, errors }) =>
    errors
      ? errors.map(({ extensions }) => extensions.code).join()
      : (JSON.stringify(data).match(/"name":"(.*?)"/)?.[1] ?? null),
  );

describe('a live question', () => {
  it('is renewed once for all of its subscribers', async () => {
    const { gateway, upstream, rename, invalidate, renewals } = await start();
    const streams = await Promise.all(Array.from({ length: 20 }, () => openStream(gateway, SELLERS)));
    for (const stream of streams) await expect.poll(() => namesOf(stream)).toEqual(['First']);
    expect(upstream.calls('GET /Seller')).toBe(1);
    rename('Second');
    await invalidate('sellers');
    for (const stream of streams) await expect.poll(() => namesOf(stream)).toEqual(['First', 'Second']);
    expect(renewals()).toBe(1);
    expect(upstream.calls('GET /Seller')).toBe(2);
    for (const stream of streams) stream.close();
    await expect.poll(() => gateway.events.filter(({ type }) => type === 'live-closed').length).toBe(20);
    await invalidate('sellers');
    expect(renewals()).toBe(1);
  });

  it('is renewed at most once more for a burst of invalidations', async () => {
    const { gateway, upstream, rename, invalidate, renewals } = await start();
    const stream = await openStream(gateway, SELLERS);
    await expect.poll(() => namesOf(stream)).toEqual(['First']);
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    upstream.fail('GET /Seller', async () => void (await released));
    await invalidate('sellers');
    await upstream.arrival('GET /Seller', 2);
    for (let change = 0; change < 10; change += 1) await invalidate('sellers');
    rename('Last');
    upstream.recover('GET /Seller');
    release();
    await expect.poll(() => namesOf(stream).at(-1)).toBe('Last');
    expect(renewals()).toBeLessThanOrEqual(2);
  });

  it('stays fresh: it is loaded once when its freshness ends', async () => {
    const { gateway, upstream, rename, renewals } = await start();
    const streams = [await openStream(gateway, SELLERS), await openStream(gateway, SELLERS)];
    for (const stream of streams) await expect.poll(() => namesOf(stream)).toEqual(['First']);
    rename('Second');
    gateway.clock.ms += 10 * MINUTE_MS;
    for (const stream of streams) await expect.poll(() => namesOf(stream)).toEqual(['First', 'Second']);
    expect(upstream.calls('GET /Seller')).toBe(2);
    expect(renewals()).toBe(1);
  });

  it('is another one at business midnight', async () => {
    const { gateway } = await start({
      BUSINESS_TIME_ZONE: 'UTC',
      UPSTREAM_TIME_ZONE: 'UTC',
      CACHE_TTL_CATALOGS: '604800',
    });
    const stream = await openStream(
      gateway,
      'subscription { futureCatalogs(sellerId: 1) { totalItems items { title } } }',
    );
    const totals = () =>
      stream.results.map(
        ({ data }) => (data as { futureCatalogs: { totalItems: number } }).futureCatalogs.totalItems,
      );
    await expect.poll(totals).toEqual([1]);
    gateway.clock.ms = Date.parse('2026-06-17T00:00:00Z');
    await expect.poll(totals).toEqual([1, 0]);
  });

  it('shows what another client has forced from the source', async () => {
    const { gateway, rename } = await start();
    const stream = await openStream(gateway, SELLERS);
    await expect.poll(() => namesOf(stream)).toEqual(['First']);
    rename('Second');
    gateway.clock.ms += 6 * SECOND_MS;
    const accept = 'application/graphql-response+json';
    await post(
      gateway,
      { query: SELLERS.replace('subscription', 'query') },
      { accept, 'cache-control': 'no-cache' },
    );
    await expect.poll(() => namesOf(stream)).toEqual(['First', 'Second']);
  });

  it('has failures as events, and mends itself', async () => {
    const { gateway, upstream, rename, invalidate } = await start();
    const stream = await openStream(gateway, SELLERS);
    await expect.poll(() => namesOf(stream)).toEqual(['First']);
    upstream.fail('GET /Seller', () => new HttpResponse(null, { status: 400 }));
    await invalidate('sellers');
    await expect.poll(() => namesOf(stream)).toEqual(['First', 'UPSTREAM_REJECTED']);
    upstream.recover('GET /Seller');
    rename('Second');
    // The engine asks no source again at once that has failed.
    gateway.clock.ms += MINUTE_MS;
    await expect.poll(() => namesOf(stream)).toEqual(['First', 'UPSTREAM_REJECTED', 'Second']);
  });

  it('mends itself without a message', async () => {
    const { gateway, upstream } = await start();
    upstream.fail('GET /Seller', () => new HttpResponse(null, { status: 400 }));
    const stream = await openStream(gateway, SELLERS);
    await expect.poll(() => namesOf(stream)).toEqual(['UPSTREAM_REJECTED']);
    upstream.recover('GET /Seller');
    gateway.clock.ms += MINUTE_MS;
    await expect.poll(() => namesOf(stream)).toEqual(['UPSTREAM_REJECTED', 'First']);
  });

  it('needs no stored responses', async () => {
    const { gateway, rename, invalidate } = await start({ RESPONSE_CACHE_MB: '0' });
    const streams = [await openStream(gateway, SELLERS), await openStream(gateway, SELLERS)];
    for (const stream of streams) await expect.poll(() => namesOf(stream)).toEqual(['First']);
    rename('Second');
    await invalidate('sellers');
    for (const stream of streams) await expect.poll(() => namesOf(stream)).toEqual(['First', 'Second']);
  });

  it('shows a seller with its catalogs although one part of it fails', async () => {
    const { gateway, upstream, invalidate } = await start();
    const stream = await openStream(
      gateway,
      'subscription { seller(id: 1) { name futureCatalogs { totalItems } } }',
    );
    await expect.poll(() => stream.results.length).toBe(1);
    upstream.fail('GET /Catalog', () => new HttpResponse(null, { status: 400 }));
    await invalidate('seller:1');
    await expect
      .poll(() => stream.results.at(-1))
      .toMatchObject({
        data: { seller: { name: 'First', futureCatalogs: null } },
        errors: [{ extensions: { code: 'UPSTREAM_REJECTED' } }],
      });
    upstream.recover('GET /Catalog');
    gateway.clock.ms += MINUTE_MS;
    await expect.poll(() => stream.results.at(-1)).toEqual(stream.results[0]);
  });
});

describe.skipIf(noRedis)('live questions of two processes', () => {
  async function startTwo(variables: Record<string, string> = {}) {
    const redis = await startRedis();
    onTestFinished(() => redis.kill());
    const first = await start({ REDIS_URL: redis.url, ...variables });
    const other = await startGateway({ ADMIN_TOKEN, REDIS_URL: redis.url, ...variables });
    return { redis, ...first, other };
  }

  it('show a change that one of them is notified of, from one load', async () => {
    const { gateway, other, upstream, rename, invalidate } = await startTwo();
    const streams = [await openStream(gateway, SELLERS), await openStream(other, SELLERS)];
    for (const stream of streams) await expect.poll(() => namesOf(stream)).toEqual(['First']);
    expect(upstream.calls('GET /Seller')).toBe(1);
    rename('Second');
    await invalidate('sellers');
    for (const stream of streams) await expect.poll(() => namesOf(stream)).toEqual(['First', 'Second']);
    expect(upstream.calls('GET /Seller')).toBe(2);
  });

  it('show it without a message, by the generations that they read again', async () => {
    const { redis, gateway, other, rename, invalidate } = await startTwo();
    const stream = await openStream(other, SELLERS);
    await expect.poll(() => namesOf(stream)).toEqual(['First']);
    const operator = redis.connect();
    onTestFinished(() => operator.disconnect());
    const silence = async () => operator.call('ACL', 'SETUSER', 'default', 'resetchannels');
    await silence();
    rename('Second');
    await invalidate('sellers');
    other.clock.ms += SECOND_MS;
    gateway.clock.ms += SECOND_MS;
    await expect.poll(() => namesOf(stream)).toEqual(['First', 'Second']);
  });
});
