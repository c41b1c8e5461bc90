import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SellersDocument } from '../../operations/generated.ts';
import { ask, isHit, statusOf } from '../../support/answers.ts';
import { sellerRecord } from '../../support/catalog-api-mock.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { interceptUpstream } from '../../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();

function oneSeller() {
  return mockUpstream({ sellers: [sellerRecord({ id: 1, name: 'One' })] });
}

const sellers = (gateway: TestGateway, headers: Record<string, string> = {}) =>
  ask(gateway, SellersDocument, {}, headers);

describe('a request with Cache-Control', () => {
  it('no-cache gets a new response, at most once per minimum interval', async () => {
    const upstream = oneSeller();
    const gateway = await startGateway();
    await sellers(gateway);
    upstream.sellers[0] = sellerRecord({ id: 1, name: 'Renamed' });
    const noCache = () => sellers(gateway, { 'cache-control': 'no-cache' });
    expect(statusOf(await noCache())).toBe('hit; ttl=600; detail=min-interval');
    gateway.clock.ms += 5001;
    const renewed = await noCache();
    expect(statusOf(renewed)).toBe('fwd=request; stored');
    expect(renewed.text).toContain('Renamed');
    for (let time = 0; time < 5; time += 1) expect(isHit(await noCache())).toBe(true);
    expect((await sellers(gateway)).text).toContain('Renamed');
    expect(upstream.calls('GET /Seller')).toBe(2);
  });

  it('no-cache in a hundred different documents calls the upstream once', async () => {
    const upstream = oneSeller();
    const gateway = await startGateway();
    await sellers(gateway);
    gateway.clock.ms += 6000;
    await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        fetch(`${gateway.origin}/graphql?query={a${index}:sellers{page}}`, {
          headers: { 'cache-control': 'no-cache' },
        }),
      ),
    );
    expect(upstream.calls('GET /Seller')).toBe(2);
  });

  it('no-cache gets the stored response if the upstream fails', async () => {
    const upstream = oneSeller();
    const gateway = await startGateway();
    const { text } = await sellers(gateway);
    gateway.clock.ms += 6000;
    upstream.fail('GET /Seller', () => new Response(null, { status: 400 }));
    const answer = await sellers(gateway, { 'cache-control': 'no-cache' });
    expect([answer.status, answer.text]).toEqual([200, text]);
  });

  it('max-age accepts a response of that age, and none older', async () => {
    const upstream = oneSeller();
    const gateway = await startGateway();
    await sellers(gateway);
    gateway.clock.ms += 60_000;
    expect(isHit(await sellers(gateway, { 'cache-control': 'max-age=60' }))).toBe(true);
    expect(statusOf(await sellers(gateway, { 'cache-control': 'max-age=59' }))).toBe('fwd=request; stored');
    expect(upstream.calls('GET /Seller')).toBe(2);
  });

  it('max-age does not accept a stale response', async () => {
    oneSeller();
    const gateway = await startGateway();
    await sellers(gateway);
    gateway.clock.ms += 605_000;
    expect(isHit(await sellers(gateway, { 'cache-control': 'max-age=3600' }))).toBe(false);
  });

  it.each(['only-if-cached, no-store', 'only-if-cached, no-cache'])(
    '%s gets 504 without a load',
    async (directives) => {
      const upstream = oneSeller();
      const gateway = await startGateway();
      expect((await sellers(gateway, { 'cache-control': directives })).status).toBe(504);
      expect(upstream.calls()).toBe(0);
    },
  );

  it('only-if-cached gets the stored response, or 504 without one', async () => {
    const upstream = oneSeller();
    const gateway = await startGateway();
    const only = () => sellers(gateway, { 'cache-control': 'only-if-cached' });
    const nothing = await only();
    expect(nothing.status).toBe(504);
    expect(nothing.body.errors).toMatchObject([{ extensions: { code: 'NOT_CACHED' } }]);
    expect(upstream.calls()).toBe(0);
    await sellers(gateway);
    expect(isHit(await only())).toBe(true);
  });

  it('no-store gets a response that is not stored', async () => {
    oneSeller();
    const gateway = await startGateway();
    const answer = await sellers(gateway, { 'cache-control': 'no-store' });
    expect(statusOf(answer)).toBe('fwd=request');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(statusOf(await sellers(gateway))).toBe('fwd=miss; stored');
  });
});

describe('two audiences', () => {
  it('share the stored response, marked public or private for caches in front', async () => {
    oneSeller();
    const gateway = await startGateway();
    const credentials = fc.record(
      {
        authorization: fc.stringMatching(/^Bearer [a-z0-9]{1,4}$/),
        cookie: fc.stringMatching(/^s=[a-z0-9]{1,3}$/),
      },
      { requiredKeys: [] },
    );
    await sellers(gateway);
    await fc.assert(
      fc.asyncProperty(credentials, async (headers) => {
        const answer = await sellers(gateway, headers);
        expect(isHit(answer)).toBe(true);
        const isPublic = headers.authorization === undefined;
        expect(answer.headers.get('cache-control')).toMatch(isPublic ? /^public,/ : /^private,/);
        expect(answer.headers.get('vary')).toBe('Accept, Accept-Encoding, Authorization');
      }),
      { numRuns: 60 },
    );
  });

  it('both get a public response with RESPONSE_CACHE_SHARED', async () => {
    oneSeller();
    const gateway = await startGateway({ RESPONSE_CACHE_SHARED: 'true' });
    await sellers(gateway, { cookie: 's=1' });
    const answer = await sellers(gateway, { authorization: 'Bearer x' });
    expect(isHit(answer)).toBe(true);
    expect(answer.headers.get('cache-control')).toMatch(/^public,/);
    expect(answer.headers.get('vary')).toBe('Accept, Accept-Encoding');
  });

  it('with different media types get separate responses', async () => {
    oneSeller();
    const gateway = await startGateway();
    const types = ['application/json', 'application/graphql-response+json'];
    for (const accept of [...types, ...types]) {
      const answer = await sellers(gateway, { accept });
      expect(answer.headers.get('content-type')).toBe(`${accept}; charset=utf-8`);
    }
    expect(isHit(await sellers(gateway, { accept: types[0] as string }))).toBe(true);
  });
});
