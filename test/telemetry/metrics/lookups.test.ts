import { describe, expect, it, onTestFinished } from 'vitest';
import type { Lookups } from '../../../src/telemetry/metrics/stats-snapshot.ts';
import {
  CatalogsDocument,
  FutureCatalogsDocument,
  SellerDocument,
  SellersDocument,
  SellersWithFutureCatalogsDocument,
} from '../../operations/generated.ts';
import { ask, statusOf } from '../../support/answers.ts';
import { catalogRecord, sellerRecord } from '../../support/catalog-api-mock.ts';
import { startGateway } from '../../support/gateway.ts';
import { metricsOf } from '../../support/metrics.ts';
import { noRedis, startRedis } from '../../support/redis.ts';
import { interceptUpstream } from '../../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();

const MINUTE = 60_000;
const NO_CACHE = { 'cache-control': 'no-cache' };
const ONLY_IF_CACHED = { 'cache-control': 'only-if-cached' };

/** Of each class the counts that are not 0. */
type Counted = Readonly<Record<string, Partial<Lookups>>>;

function twoSellers() {
  return mockUpstream({
    sellers: [sellerRecord({ id: 1, name: 'One' }), sellerRecord({ id: 2, name: 'Two' })],
    catalogs: [catalogRecord({ id: 10, sellerIds: [1] }), catalogRecord({ id: 20, sellerIds: [2] })],
  });
}

/** A gateway, and what its metrics count from one step to the next. */
async function startCounted(variables: Record<string, string> = {}) {
  const gateway = await startGateway(variables);
  let seen = 0;
  let asked = 0;
  let statuses: readonly string[] = [];
  const snapshot = (from: number) => metricsOf(gateway.events.slice(from)).metrics.snapshot();
  return {
    ...gateway,
    ask: (...question: Question) => ask(gateway, ...question),
    /** What the questions that were put last were told. */
    statuses: () => statuses,
    fills: () => snapshot(0).fills,
    staleServed: () => snapshot(0).stale.served,
    /** What the questions, put at the same time, have counted once all of them are answered. */
    async counts(...questions: readonly Question[]): Promise<Counted> {
      asked += questions.length;
      const answers = await Promise.all(questions.map((question) => ask(gateway, ...question)));
      statuses = answers.map(statusOf);
      const answered = () => gateway.events.filter(({ type }) => type === 'request').length;
      await expect.poll(answered).toBe(asked);
      const { lookups } = snapshot(seen);
      seen = gateway.events.length;
      return Object.fromEntries(
        Object.entries(lookups).map(([keyClass, counts]) => [
          keyClass,
          Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
        ]),
      );
    },
  };
}

type Question = readonly [
  operation: unknown,
  variables?: Readonly<Record<string, unknown>>,
  headers?: Record<string, string>,
];

const PAGE = [SellersWithFutureCatalogsDocument] as const;
const ONE_SELLER = [SellersDocument, { pageSize: 1 }] as const;

describe('a lookup is counted once, by where it ended', () => {
  it('as a load, as a memory hit, or as a response cache hit', async () => {
    twoSellers();
    const gateway = await startCounted();
    expect(await gateway.counts(PAGE)).toEqual({
      answers: { miss: 1 },
      sellers: { miss: 1 },
      catalogs: { miss: 2 },
    });
    expect(await gateway.counts(PAGE)).toEqual({ answers: { memory: 1 } });
    expect(await gateway.counts([FutureCatalogsDocument, { sellerId: '1' }])).toEqual({
      answers: { miss: 1 },
      catalogs: { memory: 1 },
    });
    // The list answers for what it holds.
    expect(await gateway.counts([SellerDocument, { id: '1' }])).toEqual({
      answers: { miss: 1 },
      sellers: { memory: 1 },
    });
    expect(gateway.fills()).toBe(3);
  });

  it('as a load if the client demands a fresh one despite cached data', async () => {
    twoSellers();
    const gateway = await startCounted();
    await gateway.counts(PAGE);
    gateway.clock.ms += MINUTE;
    expect(await gateway.counts([...PAGE, {}, NO_CACHE])).toEqual({
      answers: { miss: 1 },
      sellers: { miss: 1 },
      catalogs: { miss: 2 },
    });
    // Too soon after the last.
    expect(await gateway.counts([...PAGE, {}, NO_CACHE])).toEqual({ answers: { memory: 1 } });
    expect(gateway.fills()).toBe(6);
    expect(gateway.staleServed()).toBe(0);
  });

  it('as a memory hit if a demanded load fails', async () => {
    const upstream = twoSellers();
    const gateway = await startCounted();
    await gateway.counts([SellersDocument]);
    upstream.fail('GET /Seller', () => new Response(null, { status: 400 }));
    gateway.clock.ms += MINUTE;
    expect(await gateway.counts([SellersDocument, {}, NO_CACHE])).toEqual({
      answers: { miss: 1 },
      sellers: { memory: 1 },
    });
    expect(gateway.fills()).toBe(1);
    expect(gateway.staleServed()).toBe(0);
    gateway.clock.ms += 11 * MINUTE;
    expect(await gateway.counts([SellersDocument, { pageSize: 1 }, NO_CACHE])).toEqual({
      answers: { miss: 1 },
      sellers: { memory: 1, stale: 1 },
    });
    expect(gateway.staleServed()).toBe(1);
  });

  it('as nothing found for a cache-only read of missing data', async () => {
    twoSellers();
    const gateway = await startCounted();
    expect(await gateway.counts([SellersDocument, {}, ONLY_IF_CACHED])).toEqual({ answers: { miss: 1 } });
    await gateway.counts([SellersDocument]);
    expect(await gateway.counts([SellersDocument, {}, ONLY_IF_CACHED])).toEqual({ answers: { memory: 1 } });
  });

  it('as joined for a response or an entry that another request loads', async () => {
    twoSellers();
    const gateway = await startCounted();
    const crowd = Array.from({ length: 20 }, () => [CatalogsDocument, { sellerId: '2' }] as const);
    const { answers, ...entries } = await gateway.counts(...crowd);
    // Who of them came in time to share, and who found it made, is what they are told.
    const told = gateway.statuses();
    const times = (what: string) => told.filter((status) => status.includes(what)).length;
    expect(answers).toEqual({
      miss: 1,
      ...(times('collapsed') > 0 && { coalesced: times('collapsed') }),
      ...(times('hit') > 0 && { memory: times('hit') }),
    });
    expect(times('collapsed') + times('hit')).toBe(19);
    expect(entries).toEqual({ catalogs: { miss: 1 } });
    const { sellers, ...parts } = await gateway.counts([SellersDocument], ONE_SELLER);
    expect(parts).toEqual({ answers: { miss: 2 } });
    // The second may come when the list is there.
    expect([
      { miss: 1, coalesced: 1 },
      { miss: 1, memory: 1 },
    ]).toContainEqual(sellers);
    expect(gateway.fills()).toBe(2);
  });

  it('not for a background refresh of a stale response', async () => {
    const upstream = twoSellers();
    const gateway = await startCounted();
    await gateway.counts(PAGE);
    gateway.clock.ms += 12 * MINUTE;
    const calls = upstream.calls();
    expect(await gateway.counts(PAGE)).toEqual({ answers: { memory: 1, stale: 1 } });
    await expect.poll(() => upstream.calls()).toBe(calls + 2);
    await expect.poll(() => gateway.fills()).toBe(6);
    expect(gateway.staleServed()).toBe(1);
    expect(await gateway.counts(PAGE)).toEqual({ answers: { memory: 1 } });
  });

  it('as a stale memory hit for the entries of a response', async () => {
    twoSellers();
    const gateway = await startCounted();
    await gateway.counts([SellersDocument]);
    gateway.clock.ms += 12 * MINUTE;
    expect(await gateway.counts(ONE_SELLER)).toEqual({
      answers: { miss: 1 },
      sellers: { memory: 1, stale: 1 },
    });
    await expect.poll(() => gateway.fills()).toBe(2);
    expect(gateway.staleServed()).toBe(1);
  });
});

describe.skipIf(noRedis)('a lookup by two processes with a shared Redis', () => {
  it('is counted by the process that made it, and each load once', async () => {
    const upstream = twoSellers();
    const redis = await startRedis();
    onTestFinished(() => redis.kill());
    const first = await startCounted({ REDIS_URL: redis.url });
    expect(await first.counts(PAGE)).toEqual({
      answers: { miss: 1 },
      sellers: { miss: 1 },
      catalogs: { miss: 2 },
    });
    expect(first.fills()).toBe(3);
    // Until a third finds it there, the answer is still on its way to Redis.
    await expect
      .poll(async () => {
        const each = await startCounted({ REDIS_URL: redis.url });
        return statusOf(await each.ask(...PAGE));
      })
      .toBe('hit; ttl=300');
    const second = await startCounted({ REDIS_URL: redis.url });
    expect(await second.counts(PAGE)).toEqual({ answers: { redis: 1 } });
    expect(await second.counts(PAGE)).toEqual({ answers: { memory: 1 } });
    expect(await second.counts(ONE_SELLER)).toEqual({ answers: { miss: 1 }, sellers: { redis: 1 } });
    expect(second.fills()).toBe(0);
    expect(upstream.calls('GET /Seller')).toBe(1);
  });
});
