import { describe, expect, it, onTestFinished } from 'vitest';
import type { GatewayEvent } from '../../../src/telemetry/logs/log-events.ts';
import { createBrowserJar } from '../../support/browser-jar.ts';
import { startGateway } from '../../support/gateway.ts';
import { send } from '../../support/http-client.ts';
import { metricsOf, requestEvent, samplesOf } from '../../support/metrics.ts';
import { noRedis, startRedis } from '../../support/redis.ts';
import { interceptUpstream } from '../../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();

const SCRIPT: readonly GatewayEvent[] = [
  requestEvent({ outcome: 'miss', durationMs: 120, callsAvoided: 1 }),
  requestEvent({ outcome: 'hit', fromCache: true, durationMs: 0.06, callsAvoided: 2 }),
  requestEvent({ outcome: 'stale', fromCache: true, durationMs: 0.2, staleMs: 90_000, callsAvoided: 2 }),
  requestEvent({ outcome: 'bypass', operation: null, durationMs: 40 }),
  requestEvent({ outcome: 'failed', operation: 'Nonsense', durationMs: 1 }),
  requestEvent({ outcome: 'page', operation: null, path: '/healthz' }),
  requestEvent({ outcome: 'page', operation: null, path: '/wp-login.php' }),
  requestEvent({ type: 'request-aborted' }),
  { type: 'admin-refused', requestId: 'r2', delayMs: 0 },
  { type: 'hook-refused', requestId: 'r3', why: 'overloaded' },
  { type: 'internal-error', cause: new Error('ours') },
  { type: 'background-failed', cause: new Error('ours') },
  { type: 'plan-made', fields: 12 },
  { type: 'executed', by: 'at-once' },
  { type: 'hit-memory', keyClass: 'catalogs', count: 20 },
  { type: 'hit-redis', keyClass: 'catalogs', count: 4 },
  { type: 'stale', keyClass: 'catalogs', count: 3, oldestMs: 30_000 },
  { type: 'miss', keyClass: 'catalogs', count: 1 },
  { type: 'coalesced', keyClass: 'sellers', count: 2 },
  { type: 'fill', keyClass: 'catalogs', count: 1 },
  { type: 'fill-discarded', keyClass: 'catalogs', count: 2 },
  { type: 'invalid-value', keyClass: 'sellers', count: 1 },
  { type: 'load-failed', keyClass: 'sellers', count: 1, cause: new Error('503') },
  { type: 'lease-waited', keyClass: 'sellers', count: 2, durationMs: 300 },
  { type: 'lease-lost', keyClass: 'sellers', count: 1 },
  { type: 'budget-spent', durationMs: 2 },
  { type: 'store-failed', operation: 'read', keyClass: 'sellers', cause: new Error('timeout') },
  { type: 'lifetime-adapted', keyClass: 'sellers', change: 'longer', freshMs: 750_000 },
  { type: 'breaker-open', open: 2 },
  { type: 'breaker-closed', open: 1 },
  { type: 'invalidated', tags: ['sellers'], known: 1, source: 'webhook', durationMs: 4 },
  { type: 'invalidation-failed', tags: ['sellers'], source: 'poller', cause: new Error('down') },
  { type: 'signals-taken', taken: 3, refused: 1, tags: 5, latencyMs: 1500 },
  { type: 'upstream-call', route: 'GET /Seller', status: 503, attempt: 1, durationMs: 80, bytes: 1000 },
  { type: 'upstream-call', route: 'GET /Seller', status: null, attempt: 2, durationMs: 70_000, bytes: 0 },
  { type: 'upstream-retry', route: 'GET /Seller', attempt: 1, delayMs: 100, reason: 'status 503' },
  {
    type: 'upstream-failed',
    route: 'GET /Seller',
    code: 'UPSTREAM_TIMEOUT',
    reason: 'late',
    durationMs: 70_200,
  },
  { type: 'polled', sellers: 4, catalogs: 40, changes: 2, tags: 3, baseline: false, durationMs: 900 },
  { type: 'poll-failed', cause: new Error('503') },
  { type: 'warm-up-progress', sellers: 10, total: 40, loaded: 9, failed: 1, durationMs: 100 },
  { type: 'kept-warm', renewed: 5, failed: 1 },
  { type: 'sign-in', outcome: 'rejected', durationMs: 90 },
  { type: 'sign-in-limited', by: 'address' },
  { type: 'sign-in-delayed', delayMs: 250 },
  { type: 'signed-out', everywhere: false, outcome: 'done' },
  { type: 'client-limited', request: 'hit' },
  { type: 'session-verified', outcome: 'live', durationMs: 2 },
  { type: 'token-verified', durationMs: 1 },
  { type: 'token-rejected', reason: 'no-key' },
  { type: 'jwks-fetched', keys: 1, changed: true, durationMs: 1 },
  { type: 'session-store-up' },
  { type: 'sessions-evictable', policy: 'allkeys-lfu' },
];

const AUTH = { isOn: true, sessions: { known: 4, pending: 2 }, store: 'up' } as const;

describe('the metrics', () => {
  it('count events in base units with bounded labels', async () => {
    const { metrics } = metricsOf(SCRIPT, { redis: () => 'up', auth: () => AUTH, pollMs: 60_000 });
    const samples = Object.entries(await samplesOf(metrics)).filter(
      ([name, value]) => value !== 0 && !name.includes('_bucket'),
    );
    expect(Object.fromEntries(samples)).toEqual({
      'requests_total{operation="Sellers",outcome="miss"}': 1,
      'requests_total{operation="Sellers",outcome="hit"}': 1,
      'requests_total{operation="Sellers",outcome="stale"}': 1,
      'requests_total{operation="anonymous",outcome="bypass"}': 1,
      'requests_total{operation="other",outcome="failed"}': 1,
      'request_duration_seconds_sum{outcome="miss"}': 0.12,
      'request_duration_seconds_count{outcome="miss"}': 1,
      'request_duration_seconds_sum{outcome="hit"}': 0.06 / 1000,
      'request_duration_seconds_count{outcome="hit"}': 1,
      'request_duration_seconds_sum{outcome="stale"}': 0.0002,
      'request_duration_seconds_count{outcome="stale"}': 1,
      'request_duration_seconds_sum{outcome="bypass"}': 0.04,
      'request_duration_seconds_count{outcome="bypass"}': 1,
      'request_duration_seconds_sum{outcome="failed"}': 0.001,
      'request_duration_seconds_count{outcome="failed"}': 1,
      requests_aborted_total: 1,
      'pages_total{path="/healthz"}': 1,
      'pages_total{path="other"}': 1,
      upstream_calls_avoided_total: 5,
      plans_total: 1,
      'executions_total{executor="at-once"}': 1,
      'hook_refusals_total{why="overloaded"}': 1,
      admin_refusals_total: 1,
      internal_errors_total: 2,
      'cache_lookups_total{class="answers",tier="none",outcome="stale"}': 1,
      'cache_lookups_total{class="catalogs",tier="memory",outcome="hit"}': 20,
      'cache_lookups_total{class="catalogs",tier="redis",outcome="hit"}': 4,
      'cache_lookups_total{class="catalogs",tier="none",outcome="stale"}': 3,
      'cache_lookups_total{class="catalogs",tier="none",outcome="miss"}': 1,
      'cache_lookups_total{class="sellers",tier="none",outcome="coalesced"}': 2,
      'cache_fills_total{class="catalogs"}': 1,
      cache_fills_discarded_total: 2,
      invalid_values_total: 1,
      'load_failures_total{class="sellers"}': 1,
      'stale_age_seconds_sum{class="answers"}': 90,
      'stale_age_seconds_count{class="answers"}': 1,
      'stale_age_seconds_sum{class="catalogs"}': 30,
      'stale_age_seconds_count{class="catalogs"}': 1,
      lease_waits_total: 2,
      lease_wait_seconds_sum: 0.3,
      lease_wait_seconds_count: 1,
      leases_lost_total: 1,
      redis_budget_seconds_sum: 0.002,
      redis_budget_seconds_count: 1,
      'store_failures_total{operation="read"}': 1,
      'entry_lifetime_seconds_sum{class="sellers"}': 750,
      'entry_lifetime_seconds_count{class="sellers"}': 1,
      'lifetimes_adapted_total{class="sellers",change="longer"}': 1,
      breakers_open: 1,
      'invalidations_total{source="webhook",acknowledged="true"}': 1,
      'invalidations_total{source="poller",acknowledged="false"}': 1,
      'invalidation_duration_seconds_sum{source="webhook"}': 0.004,
      'invalidation_duration_seconds_count{source="webhook"}': 1,
      signal_deliveries_total: 1,
      signals_total: 3,
      signals_refused_total: 1,
      signal_latency_seconds_sum: 1.5,
      signal_latency_seconds_count: 1,
      'upstream_calls_total{route="GET /Seller",status="503"}': 1,
      'upstream_calls_total{route="GET /Seller",status="none"}': 1,
      'upstream_call_duration_seconds_sum{route="GET /Seller"}': 70.08,
      'upstream_call_duration_seconds_count{route="GET /Seller"}': 2,
      'upstream_received_bytes_total{route="GET /Seller"}': 1000,
      'upstream_retries_total{route="GET /Seller"}': 1,
      'upstream_failures_total{route="GET /Seller",code="UPSTREAM_TIMEOUT"}': 1,
      'polls_total{outcome="changed"}': 1,
      'polls_total{outcome="failed"}': 1,
      poll_changes_total: 2,
      poll_last_success_timestamp_seconds: 1000,
      poll_interval_seconds: 60,
      'warm_up_sellers{state="warm"}': 10,
      'warm_up_sellers{state="failed"}': 1,
      'warm_up_sellers{state="left"}': 29,
      kept_warm_total: 5,
      keep_warm_failures_total: 1,
      redis_up: 1,
      'held_bytes{store="entries"}': 1000,
      'held_bytes{store="answers"}': 2000,
      'held_items{store="entries"}': 10,
      'held_items{store="answers"}': 20,
      flights: 1,
      waiters: 2,
      loads_under_way: 3,
      'sign_ins_total{outcome="rejected"}': 1,
      'sign_in_limits_total{by="address"}': 1,
      'sign_outs_total{outcome="done"}': 1,
      'client_limits_total{request="hit"}': 1,
      'session_verifications_total{outcome="live"}': 1,
      session_verification_duration_seconds_sum: 0.002,
      session_verification_duration_seconds_count: 1,
      tokens_verified_total: 1,
      'token_rejections_total{reason="no-key"}': 1,
      jwks_up: 1,
      sessions_evictable: 1,
      session_store_up: 1,
      sessions_known: 4,
      sign_outs_pending: 2,
    });
  });

  it('are in the Prometheus text format, with cumulative buckets', async () => {
    const { metrics } = metricsOf(
      [5, 30, 40, 70_000].map((durationMs) => ({
        type: 'upstream-call',
        route: 'GET /Catalog',
        status: 200,
        attempt: 1,
        durationMs,
        bytes: 2,
      })),
    );
    expect(metrics.contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    const text = await metrics.text();
    const from = text.indexOf('# HELP catalog_gateway_upstream_call_duration_seconds');
    const lines = text.slice(from, text.indexOf('\n\n', from)).split('\n');
    expect(lines.filter((line) => line.startsWith('#') || line.includes('"GET /Catalog"')).join('\n')).toBe(
      `# HELP catalog_gateway_upstream_call_duration_seconds Duration of HTTP requests to the upstream.
# TYPE catalog_gateway_upstream_call_duration_seconds histogram
catalog_gateway_upstream_call_duration_seconds_bucket{route="GET /Catalog",le="0.01"} 1
catalog_gateway_upstream_call_duration_seconds_bucket{route="GET /Catalog",le="0.025"} 1
catalog_gateway_upstream_call_duration_seconds_bucket{route="GET /Catalog",le="0.05"} 3
catalog_gateway_upstream_call_duration_seconds_bucket{route="GET /Catalog",le="0.1"} 3
catalog_gateway_upstream_call_duration_seconds_bucket{route="GET /Catalog",le="0.25"} 3
catalog_gateway_upstream_call_duration_seconds_bucket{route="GET /Catalog",le="0.5"} 3
catalog_gateway_upstream_call_duration_seconds_bucket{route="GET /Catalog",le="1"} 3
catalog_gateway_upstream_call_duration_seconds_bucket{route="GET /Catalog",le="2.5"} 3
catalog_gateway_upstream_call_duration_seconds_bucket{route="GET /Catalog",le="5"} 3
catalog_gateway_upstream_call_duration_seconds_bucket{route="GET /Catalog",le="10"} 3
catalog_gateway_upstream_call_duration_seconds_bucket{route="GET /Catalog",le="30"} 3
catalog_gateway_upstream_call_duration_seconds_bucket{route="GET /Catalog",le="60"} 3
catalog_gateway_upstream_call_duration_seconds_bucket{route="GET /Catalog",le="+Inf"} 4
catalog_gateway_upstream_call_duration_seconds_sum{route="GET /Catalog"} 70.075
catalog_gateway_upstream_call_duration_seconds_count{route="GET /Catalog"} 4`,
    );
  });

  it('have help and type, and counters end in total', async () => {
    const lines = (await metricsOf(SCRIPT).metrics.text()).split('\n');
    const types = lines.filter((line) => line.startsWith('# TYPE ')).map((line) => line.split(' ').slice(2));
    expect(types.length).toBeGreaterThan(40);
    for (const [name, type] of types) {
      expect(lines.some((line) => line.startsWith(`# HELP ${name} `))).toBe(true);
      expect([name, name?.endsWith('_total')]).toEqual([name, type === 'counter']);
    }
  });

  it('start at 0 for known label values, so that a rate includes the first count', async () => {
    const samples = Object.entries(await samplesOf(metricsOf().metrics));
    const begun = samples.filter(([name, value]) => value === 0 && !/_(bucket|sum)\b/.test(name));
    expect(begun.map(([name]) => name)).toEqual(
      expect.arrayContaining([
        'requests_aborted_total',
        'lease_wait_seconds_count',
        'breakers_open',
        'requests_total{operation="anonymous",outcome="hit"}',
        'requests_total{operation="other",outcome="failed"}',
        'request_duration_seconds_count{outcome="miss"}',
        'pages_total{path="other"}',
        'hook_refusals_total{why="not-acknowledged"}',
        'invalidations_total{source="webhook",acknowledged="false"}',
        'invalidation_duration_seconds_count{source="poller"}',
        'stale_age_seconds_count{class="answers"}',
        'upstream_calls_total{route="GET /Seller/{id}",status="none"}',
        'upstream_calls_total{route="GET /Catalog",status="503"}',
        'upstream_call_duration_seconds_count{route="GET /Catalog/{id}"}',
        'upstream_received_bytes_total{route="GET /Seller"}',
        'upstream_retries_total{route="GET /Seller"}',
        'upstream_failures_total{route="POST /connect/token",code="UPSTREAM_REJECTED"}',
        'polls_total{outcome="failed"}',
        'polls_total{outcome="unchanged"}',
        'warm_ups_total{outcome="failed"}',
        'sign_ins_total{outcome="rejected"}',
        'sign_in_limits_total{by="user"}',
        'client_limits_total{request="execution"}',
        'session_verifications_total{outcome="unavailable"}',
        'token_rejections_total{reason="signature"}',
      ]),
    );
  });

  it('start with the first count for other label values', async () => {
    const lookups = (name: string) => name.startsWith('cache_lookups_total');
    expect(Object.keys(await samplesOf(metricsOf().metrics)).filter(lookups)).toEqual([]);
  });

  it('omit Redis and polls if not configured', async () => {
    const samples = await samplesOf(metricsOf().metrics);
    expect(samples).not.toHaveProperty('redis_up');
    expect(samples).not.toHaveProperty('poll_interval_seconds');
    expect(samples).not.toHaveProperty('poll_last_success_timestamp_seconds');
    expect(await samplesOf(metricsOf([], { redis: () => 'down' }).metrics)).toHaveProperty('redis_up', 0);
  });

  it('omit sessions, their Redis and the key set if not configured', async () => {
    const names = [
      'session_store_up',
      'sessions_known',
      'sign_outs_pending',
      'sessions_evictable',
      'jwks_up',
    ];
    const samples = await samplesOf(metricsOf().metrics);
    expect(names.filter((name) => name in samples)).toEqual([]);
  });
});

describe('the metrics of a gateway', () => {
  it.each([
    ['90', 90],
    ['0', undefined],
  ])('expose the poll interval: POLL_INTERVAL=%s', async (POLL_INTERVAL, seconds) => {
    mockUpstream();
    const gateway = await startGateway({ POLL_INTERVAL });
    const samples = await samplesOf({ text: async () => (await send(gateway, '/metrics')).text });
    expect(samples.poll_interval_seconds).toBe(seconds);
  });

  it.skipIf(noRedis)('have the sessions and the state of their Redis', async () => {
    mockUpstream();
    const redis = await startRedis();
    onTestFinished(() => redis.kill());
    const gateway = await startGateway({
      ...{ AUTH: 'required', SESSION_SECRETS: 'a-secret-of-at-least-32-characters' },
      ...{ SESSION_REDIS_URL: redis.url, REDIS_BUDGET_MS: '500' },
    });
    const browser = createBrowserJar(gateway.origin);
    const samples = () => samplesOf({ text: async () => (await send(gateway, '/metrics')).text });
    await browser.ask('{ viewer { id } }');
    await browser.signIn('anna', 'wrong');
    await browser.signIn();
    // It ends the session that the browser had.
    const again = browser.at();
    await again.signIn();
    await expect.poll(samples).toMatchObject({
      ...{ session_store_up: 1, sessions_known: 1, sign_outs_pending: 0, sessions_evictable: 0 },
      'sign_ins_total{outcome="accepted"}': 2,
      'sign_ins_total{outcome="rejected"}': 1,
      'graphql_errors_total{code="UNAUTHENTICATED"}': 1,
    });
    await redis.stop();
    await again.signOut();
    await expect.poll(samples, { timeout: 60_000 }).toMatchObject({
      ...{ session_store_up: 0, sign_outs_pending: 1 },
      'sign_outs_total{outcome="kept"}': 1,
    });
    expect(await samples()).not.toHaveProperty('jwks_up');
  });
});
