import { describe, expect, it } from 'vitest';
import type { GatewayEvent } from '../../../src/telemetry/logs/log-events.ts';
import { metricsOf, requestEvent } from '../../support/metrics.ts';

describe('a stats snapshot', () => {
  it('is empty for a new process', () => {
    const { metrics, clock } = metricsOf();
    clock.ms += 5000;
    const { durations, failures, ...observed } = metrics.snapshot();
    expect(failures.latest).toEqual([]);
    expect(new Set(Object.values(failures.byCode))).toEqual(new Set([0]));
    expect(durations.counts).toEqual([...durations.upperBoundsSeconds, 0].map(() => 0));
    expect(observed).toEqual({
      at: 1_005_000,
      startedAt: 1_000_000,
      requests: { hit: 0, stale: 0, miss: 0, bypass: 0, failed: 0, live: 0, page: 0 },
      aborted: 0,
      lookups: {},
      fills: 0,
      fillsDiscarded: 0,
      upstream: { calls: 0, failures: 0, retries: 0, avoided: 0, byRoute: {} },
      stale: { served: 0, oldestSeconds: 0 },
      redis: 'off',
      breakersOpen: 0,
      held: { entryBytes: 1000, answerBytes: 2000, entries: 10, answers: 20 },
      process: { residentBytes: 1, heapBytes: 2, eventLoopLagSeconds: 0.003 },
      invalidations: [],
      signals: { deliveries: 0, taken: 0, refused: 0, last: null },
      polls: { done: 0, failed: 0, last: null },
      warmUp: null,
      auth: null,
      live: null,
    });
  });

  it('adds up requests by outcome, and durations over all outcomes', () => {
    const { metrics } = metricsOf([
      requestEvent({ outcome: 'hit', durationMs: 0.05, callsAvoided: 2 }),
      requestEvent({ outcome: 'hit', operation: 'Other', durationMs: 0.06, callsAvoided: 1 }),
      requestEvent({ outcome: 'miss', durationMs: 31_000 }),
      requestEvent({ outcome: 'page', path: '/healthz' }),
    ]);
    const { requests, durations, upstream } = metrics.snapshot();
    expect(requests).toEqual({ hit: 2, stale: 0, miss: 1, bypass: 0, failed: 0, live: 0, page: 1 });
    expect(durations.upperBoundsSeconds.slice(0, 2)).toEqual([0.000_05, 0.000_075]);
    expect(durations.counts.slice(0, 2)).toEqual([1, 1]);
    expect(durations.counts.at(-1)).toBe(1);
    expect(upstream.avoided).toBe(3);
  });

  it('lists failed requests, newest first, with client texts cut', () => {
    const client = { name: 'staff', version: '2.1' };
    const failed = { outcome: 'failed', codes: ['BAD_USER_INPUT'], client } as const;
    const { metrics } = metricsOf([
      requestEvent({ ...failed, requestId: 'first', operation: 'O'.repeat(5000) }),
      ...Array.from({ length: 60 }, (_, index) => requestEvent({ ...failed, requestId: `r${index}` })),
      requestEvent({ outcome: 'bypass', codes: ['NOT_CACHED'] }),
      requestEvent({ ...failed, requestId: 'last', operation: 'O'.repeat(5000) }),
    ]);
    const { byCode, latest } = metrics.snapshot().failures;
    expect(byCode).toMatchObject({ BAD_USER_INPUT: 62, NOT_CACHED: 1, UPSTREAM_TIMEOUT: 0 });
    expect(latest).toHaveLength(50);
    expect(latest[0]).toEqual({
      at: 1_000_000,
      requestId: 'last',
      operation: 'O'.repeat(100),
      status: 200,
      codes: ['BAD_USER_INPUT'],
      client: 'staff 2.1',
    });
  });

  it('counts lookups by key class and calls by route', () => {
    const call = { type: 'upstream-call', attempt: 1, durationMs: 1, bytes: 1000 } as const;
    const { metrics } = metricsOf([
      { type: 'hit-memory', keyClass: 'catalogs', count: 20 },
      { type: 'hit-redis', keyClass: 'catalogs', count: 4 },
      { type: 'stale', keyClass: 'catalogs', count: 3, oldestMs: 1 },
      { type: 'miss', keyClass: 'sellers', count: 1 },
      { ...call, route: 'GET /Seller', status: 200 },
      { ...call, route: 'GET /Seller', status: 503 },
      { ...call, route: 'GET /Catalog', status: 200 },
    ]);
    const { lookups, upstream } = metrics.snapshot();
    expect(lookups).toEqual({
      catalogs: { memory: 20, redis: 4, stale: 3, miss: 0, coalesced: 0 },
      sellers: { memory: 0, redis: 0, stale: 0, miss: 1, coalesced: 0 },
    });
    expect(upstream).toMatchObject({ calls: 3, byRoute: { 'GET /Seller': 2, 'GET /Catalog': 1 } });
  });

  it('has the age of the oldest stale data of the last minute', () => {
    const { metrics, clock } = metricsOf([
      { type: 'stale', keyClass: 'catalogs', count: 2, oldestMs: 90_000 },
      requestEvent({ outcome: 'stale', staleMs: 30_000 }),
    ]);
    expect(metrics.snapshot().stale).toEqual({ served: 3, oldestSeconds: 90 });
    clock.ms += 59_000;
    metrics.report({ type: 'stale', keyClass: 'catalogs', count: 1, oldestMs: 10_000 });
    expect(metrics.snapshot().stale).toEqual({ served: 4, oldestSeconds: 90 });
    clock.ms += 1000;
    expect(metrics.snapshot().stale.oldestSeconds).toBe(10);
    clock.ms += 3_600_000;
    expect(metrics.snapshot().stale).toEqual({ served: 4, oldestSeconds: 0 });
  });

  it('has the last fifty invalidations, newest first, with their first tags', () => {
    const tags = Array.from({ length: 10_000 }, (_, index) => `seller:${index}`);
    const one: GatewayEvent = { type: 'invalidated', tags, known: 7, source: 'webhook', durationMs: 4 };
    const { metrics, clock } = metricsOf(Array.from({ length: 60 }, () => one));
    clock.ms += 1000;
    metrics.report({ type: 'invalidation-failed', tags: ['x'], source: 'poller', cause: new Error('down') });
    const { invalidations } = metrics.snapshot();
    expect(invalidations).toHaveLength(50);
    expect(invalidations.slice(0, 2)).toEqual([
      {
        at: 1_001_000,
        source: 'poller',
        tags: ['x'],
        tagCount: 1,
        known: null,
        acknowledged: false,
        durationMs: null,
      },
      {
        at: 1_000_000,
        source: 'webhook',
        tags: tags.slice(0, 20),
        tagCount: 10_000,
        known: 7,
        acknowledged: true,
        durationMs: 4,
      },
    ]);
  });

  it('has the last delivery of signals, the last poll and the warm-up progress', () => {
    const { metrics } = metricsOf([
      { type: 'signals-taken', taken: 3, refused: 1, tags: 5, latencyMs: 1500 },
      { type: 'polled', sellers: 4, catalogs: 40, changes: 0, tags: 0, baseline: true, durationMs: 900 },
      { type: 'poll-failed', cause: new Error('503') },
      { type: 'warm-up-progress', sellers: 10, total: 40, loaded: 9, failed: 1, durationMs: 100 },
    ]);
    const { signals, polls, warmUp } = metrics.snapshot();
    expect(signals).toEqual({
      deliveries: 1,
      taken: 3,
      refused: 1,
      last: { at: 1_000_000, taken: 3, refused: 1, tags: 5, latencyMs: 1500 },
    });
    expect(polls).toMatchObject({
      done: 1,
      failed: 1,
      last: { at: 1_000_000, catalogs: 40, baseline: true },
    });
    expect(warmUp).toEqual({ at: 1_000_000, state: 'under-way', sellers: 10, total: 40, failed: 1 });
    metrics.report({ type: 'warm-up-failed', cause: new Error('503') });
    expect(metrics.snapshot().warmUp).toMatchObject({ state: 'failed', sellers: 10 });
  });

  it('has the sign-ins, refusals and verifications since the start if clients sign in', () => {
    const state = { isOn: true, sessions: { known: 3, pending: 1 }, store: 'down' } as const;
    const { metrics } = metricsOf(
      [
        { type: 'sign-in', outcome: 'accepted', durationMs: 90 },
        { type: 'sign-in', outcome: 'rejected', durationMs: 90 },
        { type: 'signed-out', everywhere: true, outcome: 'kept' },
        { type: 'client-limited', request: 'execution' },
        { type: 'session-verified', outcome: 'live', durationMs: 0.2 },
        { type: 'session-verified', outcome: 'grace', durationMs: 20_000 },
        { type: 'sessions-evictable', policy: 'allkeys-lfu' },
        { type: 'token-verified', durationMs: 1 },
        { type: 'token-rejected', reason: 'expired' },
        { type: 'jwks-failed', reason: 'no response' },
        requestEvent({ outcome: 'failed', status: 401, codes: ['UNAUTHENTICATED'] }),
        requestEvent({ outcome: 'failed', status: 503, codes: ['SESSION_UNAVAILABLE'] }),
      ],
      { auth: () => state },
    );
    const { auth } = metrics.snapshot();
    expect(auth).toEqual({
      sessions: { known: 3, pending: 1 },
      store: 'down',
      evictable: true,
      signIns: { accepted: 1, rejected: 1, limited: 0, unavailable: 0 },
      signOuts: { done: 0, kept: 1 },
      limited: { hit: 0, execution: 1 },
      refused: { unauthenticated: 1, unavailable: 1 },
      verifications: { live: 1, absent: 0, grace: 1, unavailable: 0 },
      verificationDurations: expect.objectContaining({ counts: [1, ...Array(13).fill(0), 1] }),
      tokens: { verified: 1, rejected: 1 },
      keySet: 'down',
    });
    expect(metrics.sample().auth).toEqual(auth);
    metrics.report({ type: 'session-store-up' });
    metrics.report({ type: 'jwks-fetched', keys: 1, changed: false, durationMs: 1 });
    expect(metrics.snapshot().auth).toMatchObject({ evictable: false, keySet: 'up' });
  });
});
