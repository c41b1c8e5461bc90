import { describe, expect, it, onTestFinished } from 'vitest';
import { startApp } from '../../../src/app/app.ts';
import { loadConfig } from '../../../src/config/config.ts';
import type { Sandbox } from '../../../src/sandbox/server.ts';
import type { GatewayEvent } from '../../../src/telemetry/logs/log-events.ts';
import {
  CatalogDocument,
  CatalogsDocument,
  FutureCatalogsDocument,
  SellerDocument,
  SellersDocument,
  SellersWithFutureCatalogsDocument,
  SellerWithCatalogsDocument,
} from '../../operations/generated.ts';
import { ask } from '../../support/answers.ts';
import type { HttpAnswer } from '../../support/http-client.ts';
import { idleProcess, metricsOf, samplesOf } from '../../support/metrics.ts';

const NOW = Date.parse('2026-06-15T12:00:00Z');

/** A gateway with its own sandbox, and the metrics of all that it reports. */
async function startMeasured(variables: Record<string, string> = {}) {
  const config = loadConfig({
    PORT: '0',
    NODE_ENV: 'test',
    SANDBOX_LATENCY_MS: '0',
    SANDBOX_SELLERS: '60',
    SANDBOX_LOTS: '0',
    ...variables,
  });
  const clock = { ms: NOW };
  const { metrics } = metricsOf();
  const events: GatewayEvent[] = [];
  const app = await startApp(config, {
    process: idleProcess,
    report: (event) => {
      events.push(event);
      metrics.report(event);
    },
    clock: { now: () => clock.ms, monotonic: () => clock.ms },
    random: () => 0.5,
  });
  onTestFinished(() => app.close());
  let asked = 0;
  return {
    clock,
    events,
    metrics,
    sandbox: app.sandbox as Sandbox,
    /** Asks, and waits until the request has ended for the gateway as well. */
    async ask(...[operation, variables]: Question): Promise<HttpAnswer> {
      asked += 1;
      const answer = await ask({ origin: `http://127.0.0.1:${app.port}` }, operation, variables);
      await expect.poll(() => answeredOf(metrics)).toBe(asked);
      return answer;
    },
    async askAtOnce(questions: readonly Question[]): Promise<void> {
      asked += questions.length;
      const origin = `http://127.0.0.1:${app.port}`;
      await Promise.all(questions.map(([operation, variables]) => ask({ origin }, operation, variables)));
      await expect.poll(() => answeredOf(metrics)).toBe(asked);
    },
  };
}

type Question = readonly [operation: unknown, variables?: Readonly<Record<string, unknown>>];
type Measured = Awaited<ReturnType<typeof startMeasured>>;

function answeredOf(metrics: Measured['metrics']): number {
  const { requests } = metrics.snapshot();
  return Object.values(requests).reduce((sum, count) => sum + count, 0);
}

/** What the sandbox counted, without routes that nobody asked. */
function countedBy(sandbox: Sandbox): Record<string, number> {
  return Object.fromEntries(Object.entries(sandbox.requests()).filter(([, count]) => count > 0));
}

/** Questions about what the sandbox has, and what it has not: its ids have gaps. */
const QUESTIONS: readonly Question[] = [
  [SellersWithFutureCatalogsDocument],
  [SellersWithFutureCatalogsDocument],
  [SellersWithFutureCatalogsDocument, { page: 2 }],
  [SellersDocument],
  [SellersDocument, { page: 2 }],
  [SellersDocument],
  [FutureCatalogsDocument, { sellerId: '7' }],
  [FutureCatalogsDocument, { sellerId: '7' }],
  [CatalogsDocument, { sellerId: '7' }],
  [CatalogsDocument, { sellerId: '7', filter: { title: 'a' } }],
  [CatalogsDocument, { sellerId: '7', filter: { title: 'a' } }],
  [SellersDocument, { filter: { name: 'a' } }],
  [SellerDocument, { id: '3' }],
  [SellerDocument, { id: '999999' }],
  [SellerDocument, { id: '999999' }],
  [SellerWithCatalogsDocument, { id: '59' }],
  [CatalogDocument, { id: '2' }],
  [CatalogDocument, { id: '2' }],
  [CatalogDocument, { id: '99999999' }],
];

describe('metrics and the sandbox', () => {
  it('agree on the calls of each route through hits, misses, concurrency, failures and refreshes', async () => {
    const gateway = await startMeasured({ UPSTREAM_DEADLINE_MS: '5000' });
    const { sandbox, metrics, clock } = gateway;
    for (const question of QUESTIONS) await gateway.ask(...question);
    await gateway.askAtOnce(Array.from({ length: 40 }, () => [CatalogsDocument, { sellerId: '11' }]));
    await gateway.askAtOnce(QUESTIONS);

    sandbox.configure({ errorRate: 1, errorStatus: 400 });
    await gateway.ask(SellerDocument, { id: '888888' });
    sandbox.configure({ errorRate: 0, fault: 'cut' });
    await gateway.ask(CatalogDocument, { id: '88888888' });
    sandbox.configure({ fault: 'none' });

    const sellerCalls = sandbox.requests()['GET /Seller'];
    clock.ms += 700_000;
    const stale = await gateway.ask(SellersDocument);
    expect(stale.headers.get('cache-status')).toContain('hit; ttl=-');
    await expect.poll(() => sandbox.requests()['GET /Seller']).toBe(sellerCalls + 1);

    const counted = countedBy(sandbox);
    await expect.poll(() => metrics.snapshot().upstream.byRoute).toEqual(counted);
    const samples = Object.entries(await samplesOf(metrics));
    for (const [route, calls] of Object.entries(counted)) {
      const ofRoute = samples.filter(([name]) => name.startsWith(`upstream_calls_total{route="${route}"`));
      expect([route, ofRoute.reduce((sum, [, count]) => sum + count, 0)]).toEqual([route, calls]);
    }
    expect(metrics.snapshot().requests).toMatchObject({ stale: 1, failed: 2, page: 0 });
  });

  it('agree on avoided calls: calls made plus avoided equal those without caches', async () => {
    const cached = await startMeasured();
    const uncached = await startMeasured({
      RESPONSE_CACHE_MB: '0',
      CACHE_TTL_SELLERS: '0',
      CACHE_TTL_CATALOGS: '0',
      CACHE_TTL_UNKNOWN: '0',
    });
    for (const question of [...QUESTIONS, ...QUESTIONS]) {
      const [answer, same] = [await cached.ask(...question), await uncached.ask(...question)];
      expect(same.text).toBe(answer.text);
    }
    const { calls, avoided } = cached.metrics.snapshot().upstream;
    const without = uncached.metrics.snapshot().upstream;
    expect(without.avoided).toBe(0);
    expect(calls + avoided).toBe(without.calls);
    expect(avoided).toBeGreaterThan(without.calls / 2);
  });
});
