import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  CatalogDocument,
  CatalogsDocument,
  SellerDocument,
  SellersDocument,
  SellersWithFutureCatalogsDocument,
} from '../../operations/generated.ts';
import { ask, isHit } from '../../support/answers.ts';
import { type CatalogApiMock, catalogRecord, sellerRecord } from '../../support/catalog-api-mock.ts';
import type { HttpAnswer } from '../../support/http-client.ts';
import { noRedis, startRedis } from '../../support/redis.ts';
import { interceptUpstream } from '../../support/upstream-mock.ts';
import {
  deliver,
  eventsOf,
  type HookedGateway,
  signal,
  startHookedGateway,
  told,
} from './webhook-gateway.ts';

const mockUpstream = interceptUpstream();

function threeSellers(): CatalogApiMock {
  return mockUpstream({
    sellers: [1, 2, 3].map((id) => sellerRecord({ id, name: `Old ${id}` })),
    catalogs: [1, 2, 3].map((id) => catalogRecord({ id: 10 * id, title: `Old ${10 * id}`, sellerIds: [id] })),
  });
}

/** The stored response to an operation, after a first request that stores it. */
async function heldAnswer(gateway: HookedGateway, operation: unknown, variables = {}): Promise<string> {
  await ask(gateway, operation, variables);
  const held = await ask(gateway, operation, variables);
  expect(isHit(held)).toBe(true);
  return held.text;
}

/** The error extensions that describe the invalid signals. */
function faultsOf({ text }: HttpAnswer) {
  return JSON.parse(text).errors[0].extensions as {
    readonly accepted: number;
    readonly refusedCount: number;
    readonly refused: readonly { readonly index: number; readonly reason: string }[];
  };
}

describe('a signalled change', () => {
  it('is acknowledged with the number of tags and the time, and reported as an event', async () => {
    threeSellers();
    const gateway = await startHookedGateway();
    const answer = await deliver(gateway);
    expect([answer.status, answer.body]).toEqual([
      202,
      { accepted: 1, tags: 3, at: '2026-06-15T12:00:00.000Z' },
    ]);
    expect(eventsOf(gateway, 'signals-taken')).toEqual([
      { type: 'signals-taken', taken: 1, refused: 0, tags: 3, latencyMs: 2000 },
    ]);
  });

  it('of a seller is in the next response of every operation, even if a response was stored', async () => {
    const upstream = threeSellers();
    const gateway = await startHookedGateway();
    const asked = [
      [SellersDocument, {}],
      [SellersWithFutureCatalogsDocument, {}],
      [SellerDocument, { id: '2' }],
    ] as const;
    for (const [operation, variables] of asked) {
      expect(await heldAnswer(gateway, operation, variables)).toContain('Old 2');
    }
    upstream.sellers[1] = sellerRecord({ id: 2, name: 'New 2' });
    expect((await deliver(gateway, { body: signal({ id: 2 }) })).status).toBe(202);
    for (const [operation, variables] of asked) {
      const { text } = await ask(gateway, operation, variables);
      expect(text).toContain('New 2');
      expect(text).not.toContain('Old 2"');
    }
  });

  it('of a moved catalog is in the lists of both its sellers, and other lists stay cached', async () => {
    const upstream = threeSellers();
    const gateway = await startHookedGateway();
    const catalogsOf = (sellerId: number) =>
      heldAnswer(gateway, CatalogsDocument, { sellerId: `${sellerId}` });
    for (const sellerId of [1, 2, 3]) expect(await catalogsOf(sellerId)).toContain(`Old ${sellerId}0`);
    expect(await heldAnswer(gateway, CatalogDocument, { id: '10' })).toContain('Old 10');
    upstream.catalogs[0] = catalogRecord({ id: 10, title: 'New 10', sellerIds: [2] });
    upstream.catalogs[2] = catalogRecord({ id: 30, title: 'New 30', sellerIds: [3] });
    const moved = signal({ event: 'catalog.moved', entity: 'catalog', id: '10', sellerIds: [1, '2'] });
    expect((await deliver(gateway, { body: [moved] })).body).toMatchObject({ accepted: 1, tags: 3 });
    expect(await catalogsOf(1)).toContain('"totalItems":0');
    expect(await catalogsOf(2)).toContain('New 10');
    expect(await heldAnswer(gateway, CatalogDocument, { id: '10' })).toContain('New 10');
    expect(isHit(await ask(gateway, CatalogsDocument, { sellerId: '3' }))).toBe(true);
    expect(await catalogsOf(3)).toContain('Old 30');
  });

  it.each([undefined, null, []])('of a catalog whose sellers are %j is in every list', async (sellerIds) => {
    const upstream = threeSellers();
    const gateway = await startHookedGateway();
    expect(await heldAnswer(gateway, CatalogsDocument, { sellerId: '3' })).toContain('Old 30');
    upstream.catalogs[2] = catalogRecord({ id: 30, title: 'New 30', sellerIds: [3] });
    const body = signal({ entity: 'catalog', id: 30, ...(sellerIds !== undefined && { sellerIds }) });
    expect((await deliver(gateway, { body })).body).toMatchObject({ accepted: 1, tags: 2 });
    expect((await ask(gateway, CatalogsDocument, { sellerId: '3' })).text).toContain('New 30');
  });
});

describe('an invalid signal', () => {
  it('does not prevent the valid signals from being accepted', async () => {
    const upstream = threeSellers();
    const gateway = await startHookedGateway();
    expect(await heldAnswer(gateway, SellersDocument)).toContain('Old 3');
    upstream.sellers[2] = sellerRecord({ id: 3, name: 'New 3' });
    const body = [null, signal({ id: 3 }), signal({ entity: 'lot' })];
    const answer = await deliver(gateway, { body });
    expect(told(answer)).toEqual([400, 'BAD_USER_INPUT', '2 of 3 signals are invalid; 1 were accepted.']);
    expect(faultsOf(answer)).toMatchObject({
      accepted: 1,
      refusedCount: 2,
      refused: [
        { index: 0, reason: 'must be an object' },
        { index: 2, reason: 'entity must be seller or catalog' },
      ],
    });
    expect(eventsOf(gateway, 'signals-taken')).toMatchObject([{ taken: 1, refused: 2 }]);
    expect((await ask(gateway, SellersDocument)).text).toContain('New 3');
    expect((await deliver(gateway, { body })).status).toBe(400);
  });

  it('is listed if it is among the first twenty, and causes no invalidation', async () => {
    threeSellers();
    const gateway = await startHookedGateway();
    const answer = await deliver(gateway, { body: Array(30).fill({}) });
    expect(told(answer)).toEqual([400, 'BAD_USER_INPUT', '30 of 30 signals are invalid; 0 were accepted.']);
    const { accepted, refusedCount, refused } = faultsOf(answer);
    expect([accepted, refusedCount]).toEqual([0, 30]);
    expect(refused.map(({ index }) => index)).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect(eventsOf(gateway, 'invalidated')).toEqual([]);
  });
});

describe('a repeated delivery', () => {
  it('invalidates again while its timestamp is valid', async () => {
    const upstream = threeSellers();
    const gateway = await startHookedGateway();
    // The latest accepted timestamp, so that it stays valid for the longest time.
    const again = { timestamp: gateway.clock.ms / 1000 + 300 };
    for (const [index, laterMs] of [0, 0, 300_000, 300_000].entries()) {
      gateway.clock.ms += laterMs;
      await heldAnswer(gateway, SellersDocument);
      upstream.sellers[0] = sellerRecord({ id: 1, name: `New ${index}` });
      const answer = await deliver(gateway, again);
      expect([answer.status, answer.body]).toMatchObject([202, { accepted: 1, tags: 3 }]);
      expect((await ask(gateway, SellersDocument)).text).toContain(`New ${index}`);
    }
    gateway.clock.ms += 1000;
    expect((await deliver(gateway, again)).status).toBe(401);
    expect(eventsOf(gateway, 'signals-taken')).toHaveLength(4);
    expect(eventsOf(gateway, 'hook-refused')).toMatchObject([{ why: 'timestamp' }]);
  });

  it.skipIf(noRedis)('invalidates again what Redis has cached since the first', async () => {
    const upstream = threeSellers();
    const redis = await startRedis();
    onTestFinished(() => redis.kill());
    const gateway = await startHookedGateway({ REDIS_URL: redis.url });
    const plain = redis.connect();
    onTestFinished(() => plain.disconnect());
    expect((await deliver(gateway)).status).toBe(202);
    expect(await heldAnswer(gateway, SellersDocument)).toContain('Old 1');
    upstream.sellers[0] = sellerRecord({ id: 1, name: 'New 1' });
    expect((await deliver(gateway)).status).toBe(202);
    expect((await ask(gateway, SellersDocument)).text).toContain('New 1');
    expect(await plain.keys('*delivery*')).toEqual([]);
  });

  it('with another timestamp is accepted too', async () => {
    threeSellers();
    const gateway = await startHookedGateway();
    const timestamp = gateway.clock.ms / 1000;
    expect((await deliver(gateway, { timestamp })).status).toBe(202);
    expect((await deliver(gateway, { timestamp: timestamp + 1 })).status).toBe(202);
  });

  it.skipIf(noRedis)('invalidates again in every process', async () => {
    const upstream = threeSellers();
    const redis = await startRedis();
    onTestFinished(() => redis.kill());
    const [first, second] = [
      await startHookedGateway({ REDIS_URL: redis.url }),
      await startHookedGateway({ REDIS_URL: redis.url }),
    ];
    for (const gateway of [first, second])
      expect(await heldAnswer(gateway, SellersDocument)).toContain('Old 1');
    upstream.sellers[0] = sellerRecord({ id: 1, name: 'New 1' });
    expect((await deliver(first)).status).toBe(202);
    expect((await deliver(second)).status).toBe(202);
    // With or without a message, no process trusts its memory for longer.
    second.clock.ms += 1000;
    expect((await ask(second, SellersDocument)).text).toContain('New 1');
  });
});

describe.skipIf(noRedis)('while Redis is', () => {
  it.each(['dead', 'hanging'])(
    '%s a delivery gets 503, and the same delivery gets 202 after Redis recovers',
    async (state) => {
      const upstream = threeSellers();
      const redis = await startRedis();
      onTestFinished(() => redis.kill());
      const gateway = await startHookedGateway({ REDIS_URL: redis.url });
      expect(await heldAnswer(gateway, SellersDocument)).toContain('Old 1');
      if (state === 'dead') await redis.stop();
      else redis.freeze();
      upstream.sellers[0] = sellerRecord({ id: 1, name: 'New 1' });
      const refused = await deliver(gateway);
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
      expect(refused.body.errors?.[0]?.extensions.code).toBe('INVALIDATION_NOT_ACKNOWLEDGED');
      expect(refused.text).not.toMatch(/127\.0\.0\.1|ECONN|:\d{4}/);
      expect(eventsOf(gateway, 'hook-refused')).toMatchObject([{ why: 'not-acknowledged' }]);
      expect(eventsOf(gateway, 'signals-taken')).toEqual([]);
      if (state === 'dead') await redis.restart();
      else redis.thaw();
      await expect.poll(async () => (await deliver(gateway)).status, { timeout: 60_000 }).toBe(202);
      expect((await ask(gateway, SellersDocument)).text).toContain('New 1');
      expect((await deliver(gateway)).status).toBe(202);
    },
  );
});

describe.skipIf(noRedis)('a delivery whose tags need several round trips to Redis', () => {
  it.each(['dies', 'hangs'])(
    'gets 503 if Redis %s after the first, and is processed completely when it is repeated',
    async (what) => {
      const upstream = threeSellers();
      const redis = await startRedis();
      onTestFinished(() => redis.kill());
      const gateway = await startHookedGateway({ REDIS_URL: redis.url });
      expect(await heldAnswer(gateway, CatalogsDocument, { sellerId: '3' })).toContain('Old 30');
      upstream.catalogs[2] = catalogRecord({ id: 30, title: 'New 30', sellerIds: [3] });
      // The changed catalog and its seller come last, and so do their tags.
      const body = [
        ...Array.from({ length: 9000 }, (_, id) =>
          signal({ entity: 'catalog', id: 1000 + id, sellerIds: [1] }),
        ),
        signal({ entity: 'catalog', id: 30, sellerIds: [3] }),
      ];
      const trips = () => eventsOf(gateway, 'invalidated').length;

      const refusing = deliver(gateway, { body });
      while (trips() === 0) await setImmediate();
      if (what === 'dies') await redis.stop();
      else redis.freeze();
      const refused = await refusing;
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
      expect(refused.body.errors?.[0]?.extensions.code).toBe('INVALIDATION_NOT_ACKNOWLEDGED');
      // Only part of it was done: 9,003 tags need 37 round trips.
      expect(trips()).toBeLessThan(37);
      expect((await deliver(gateway, { body })).status).toBe(503);
      expect(eventsOf(gateway, 'signals-taken')).toEqual([]);

      if (what === 'dies') await redis.restart();
      else redis.thaw();
      const done = trips();
      await expect.poll(async () => (await deliver(gateway, { body })).status, { timeout: 60_000 }).toBe(202);
      expect(trips() - done).toBeGreaterThanOrEqual(37);
      expect(eventsOf(gateway, 'signals-taken')).toMatchObject([{ taken: 9001, tags: 9003 }]);
      expect((await ask(gateway, CatalogsDocument, { sellerId: '3' })).text).toContain('New 30');
      expect((await deliver(gateway, { body })).status).toBe(202);
    },
  );
});

describe.each([
  ['memory', true],
  ['Redis', !noRedis],
] as const)('ten thousand signals in one delivery, with the cache in %s,', (place, possible) => {
  it.skipIf(!possible)('all take effect', async () => {
    const upstream = threeSellers();
    const redis = place === 'Redis' ? await startRedis() : undefined;
    if (redis) onTestFinished(() => redis.kill());
    const gateway = await startHookedGateway(redis ? { REDIS_URL: redis.url } : {});
    expect(await heldAnswer(gateway, CatalogsDocument, { sellerId: '3' })).toContain('Old 30');
    expect(await heldAnswer(gateway, CatalogDocument, { id: '20' })).toContain('Old 20');
    upstream.catalogs[1] = catalogRecord({ id: 20, title: 'New 20', sellerIds: [2] });
    upstream.catalogs[2] = catalogRecord({ id: 30, title: 'New 30', sellerIds: [3] });
    const body = Array.from({ length: 10_000 }, (_, id) =>
      signal({ entity: 'catalog', id, sellerIds: [(id % 100) + 1] }),
    );
    const answer = await deliver(gateway, { body });
    expect([answer.status, answer.body]).toMatchObject([202, { accepted: 10_000, tags: 10_100 }]);
    expect((await ask(gateway, CatalogsDocument, { sellerId: '3' })).text).toContain('New 30');
    expect((await ask(gateway, CatalogDocument, { id: '20' })).text).toContain('New 20');
  });
});
