import { describe, expect, it } from 'vitest';
import { catalogRecord, sellerRecord } from '../support/catalog-api-mock.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { noRedis, startRedis } from '../support/redis.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';
import { type Ask, get, measureStaleness, wait } from './staleness.ts';

const mockUpstream = interceptUpstream();

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** The greatest jitter: what a time to live can be at most. */
const LONGEST = { random: () => 0.999_999 };

function source() {
  return mockUpstream({
    sellers: [sellerRecord({ id: 1, name: 'Old name' })],
    catalogs: [catalogRecord({ id: 10, title: 'Old name' })],
  });
}

type Source = ReturnType<typeof source>;

function change({ sellers, catalogs }: Source): void {
  sellers[0] = sellerRecord({ id: 1, name: 'New name' });
  catalogs[0] = catalogRecord({ id: 10, title: 'New name' });
}

const LIST = get('{ sellers { items { name } } }');
const SELLER = get('{ seller(id: 1) { name } }');
const CATALOGS = get('{ catalogs(sellerId: 1) { items { title } } }');
const FUTURE = get('{ futureCatalogs(sellerId: 1) { items { title } } }');
const CATALOG = get('{ catalog(id: 10) { title } }');

/** Each kind of data with its F and E of the guide, in seconds. */
const KINDS: readonly (readonly [name: string, ask: Ask, fresh: number, end: number])[] = [
  ['the list of sellers', LIST, 660, 4200],
  ['one seller', SELLER, 660, 4200],
  ["a seller's catalogs", CATALOGS, 330, 3900],
  ["a seller's future catalogs", FUTURE, 330, 3900],
  ['one catalog', CATALOG, 330, 3900],
];

describe('without change notifications', () => {
  it.each(KINDS)('%s is at most F old under constant requests', async (_, ask, fresh) => {
    const upstream = source();
    const gateway = await startGateway({}, LONGEST);
    await ask(gateway);
    change(upstream);
    const staleMs = await measureStaleness([gateway], ask, {
      ...{ old: 'Old name', everyMs: SECOND, forMs: 2 * fresh * SECOND },
    });
    expect(staleMs / SECOND).toBeGreaterThanOrEqual(fresh - 2);
    expect(staleMs / SECOND).toBeLessThanOrEqual(fresh);
  });

  it.each(KINDS)(
    '%s is at most E old, which only the first request after a long time sees',
    async (_, ask, __, end) => {
      for (const [seconds, name] of [
        [end - 1, 'Old name'],
        [end, 'New name'],
      ] as const) {
        const upstream = source();
        const gateway = await startGateway({}, LONGEST);
        await ask(gateway);
        change(upstream);
        wait([gateway], seconds * SECOND);
        expect((await ask(gateway)).text).toContain(name);
      }
    },
  );

  it.each(KINDS)(
    '%s is served up to E while the upstream fails, and is an error after that',
    async (_, ask, __, end) => {
      const upstream = source();
      const gateway = await startGateway({}, LONGEST);
      await ask(gateway);
      for (const route of ['GET /Seller', 'GET /Seller/{id}', 'GET /Catalog', 'GET /Catalog/{id}'] as const)
        upstream.fail(route, () => new Response(null, { status: 400 }));
      wait([gateway], (end - 1) * SECOND);
      const last = await ask(gateway);
      wait([gateway], SECOND);
      const after = await ask(gateway);
      expect(last.body.errors).toBeUndefined();
      expect(last.text).toContain('Old name');
      expect(after.body.errors?.[0]?.extensions.code).toBe('UPSTREAM_REJECTED');
    },
  );

  it.each([
    ['a seller', get('{ seller(id: 7) { name } }'), 'null'],
    ['a catalog', get('{ catalog(id: 70) { title } }'), 'null'],
  ])('an unknown %s is at most 33 s old', async (_, ask, old) => {
    const upstream = source();
    const gateway = await startGateway({}, LONGEST);
    await ask(gateway);
    upstream.sellers.push(sellerRecord({ id: 7, name: 'Added' }));
    upstream.catalogs.push(catalogRecord({ id: 70, title: 'Added' }));
    const staleMs = await measureStaleness([gateway], ask, { old, everyMs: SECOND, forMs: 5 * MINUTE });
    expect(staleMs / SECOND).toBeGreaterThanOrEqual(31);
    expect(staleMs / SECOND).toBeLessThanOrEqual(33);
  });

  it.each([
    ['0', 0, 0],
    ['60', 64, 66],
  ])('a filter with CACHE_TTL_FILTER=%s is at most %i to %i s old', async (ttl, least, most) => {
    const upstream = source();
    const gateway = await startGateway({ CACHE_TTL_FILTER: ttl }, LONGEST);
    const ask = get('{ sellers(filter: { isActive: true }) { items { name } } }');
    await ask(gateway);
    change(upstream);
    const staleMs = await measureStaleness([gateway], ask, {
      ...{ old: 'Old name', everyMs: SECOND, forMs: 5 * MINUTE },
    });
    expect(staleMs / SECOND).toBeGreaterThanOrEqual(least);
    expect(staleMs / SECOND).toBeLessThanOrEqual(most);
  });
});

describe.skipIf(noRedis)('without change notifications, in gateways that share a Redis,', () => {
  it('the list of sellers is at most F and a second old at the gateway that did not refresh it', async () => {
    const redis = await startRedis();
    try {
      const upstream = source();
      const variables = { REDIS_URL: redis.url };
      const gateways: TestGateway[] = [
        await startGateway(variables, LONGEST),
        await startGateway(variables, LONGEST),
      ];
      for (const gateway of gateways) await LIST(gateway);
      change(upstream);
      const staleMs = await measureStaleness(gateways, LIST, {
        ...{ old: 'Old name', everyMs: SECOND, forMs: 20 * MINUTE },
      });
      expect(staleMs / SECOND).toBeGreaterThanOrEqual(658);
      expect(staleMs / SECOND).toBeLessThanOrEqual(661);
    } finally {
      await redis.kill();
    }
  });
});

describe('a client that demands newer data', () => {
  it.each([
    ['no-cache', 5],
    ['max-age=60', 60],
    ['max-age=1', 5],
  ])('gets by %s data loaded at most %i s ago', async (directive, oldest) => {
    const upstream = source();
    const gateway = await startGateway({}, LONGEST);
    const ask = get('{ sellers { items { name } } }', { 'cache-control': directive });
    await LIST(gateway);
    change(upstream);
    const staleMs = await measureStaleness([gateway], ask, {
      ...{ old: 'Old name', everyMs: SECOND, forMs: 5 * MINUTE },
    });
    expect(staleMs / SECOND).toBe(oldest);
  });
});

describe('a cache in front that counts Age', () => {
  it.each(KINDS)(
    'keeps %s as fresh up to F, and as stale up to E, for any time of request',
    async (_, ask, fresh, end) => {
      source();
      const gateway = await startGateway({}, LONGEST);
      await ask(gateway);
      for (const passed of [0, 100]) {
        wait([gateway], passed * SECOND);
        const { headers } = await ask(gateway);
        const secondsOf = (name: string) =>
          Number(new RegExp(`${name}=(\\d+)`).exec(headers.get('cache-control') ?? '')?.[1]);
        const maxAge = secondsOf('max-age');
        expect(Number(headers.get('age'))).toBeGreaterThanOrEqual(passed);
        expect(maxAge).toBeGreaterThan(fresh - 2);
        expect(maxAge).toBeLessThanOrEqual(fresh);
        for (const name of ['stale-while-revalidate', 'stale-if-error'])
          expect(maxAge + secondsOf(name)).toBeLessThanOrEqual(end);
      }
    },
  );
});

describe('with ADAPTIVE_TTL', () => {
  it('unchanged data is fresh for at most an hour and a tenth, and dead an hour later', async () => {
    const upstream = source();
    const gateway = await startGateway({ ADAPTIVE_TTL: 'true' }, LONGEST);
    // Loaded again as soon as it is stale, until its time to live has reached the ceiling.
    for (let load = 0; load < 30; load += 1) {
      const known = upstream.calls('GET /Seller');
      await LIST(gateway);
      wait([gateway], 70 * MINUTE);
      await LIST(gateway);
      await expect.poll(() => upstream.calls('GET /Seller')).toBeGreaterThan(known);
    }
    await LIST(gateway);
    change(upstream);
    const staleMs = await measureStaleness([gateway], LIST, {
      ...{ old: 'Old name', everyMs: 10 * SECOND, forMs: 200 * MINUTE },
    });
    expect(staleMs / MINUTE).toBeGreaterThan(59);
    expect(staleMs / MINUTE).toBeLessThanOrEqual(66);
  });
});
