import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import {
  type GatewayEvent,
  type LogEventsOptions,
  logEvents,
} from '../../../src/telemetry/logs/log-events.ts';
import { requestEvent } from '../../support/metrics.ts';

interface Lines {
  readonly level?: string;
  readonly hitsEvery?: number;
  readonly context?: LogEventsOptions['context'];
  readonly clock?: { ms: number };
  /** The time between two events. */
  readonly stepMs?: number;
}

function logged(
  events: GatewayEvent | readonly GatewayEvent[],
  { level = 'info', hitsEvery = 0, context, clock = { ms: 0 }, stepMs = 1000 }: Lines = {},
) {
  const lines: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const report = logEvents(pino({ level, base: null }, stream), {
    hitsEvery,
    clock: { monotonic: () => clock.ms },
    ...(context && { context }),
  });
  for (const event of [events].flat()) {
    report(event);
    clock.ms += stepMs;
  }
  return lines;
}

const INFO = 30;
const WARN = 40;
const ERROR = 50;

const HIT = requestEvent({ outcome: 'hit', fromCache: true, callsAvoided: 2 });

describe('the log', () => {
  it('warns once that Redis is down, with the reason', () => {
    const [line] = logged({ type: 'store-down', cause: new Error('connect ECONNREFUSED') });
    expect(line).toMatchObject({
      level: WARN,
      event: 'store-down',
      msg: 'Redis is down; continuing without it',
      err: { message: 'connect ECONNREFUSED' },
    });
  });

  it('names the variables to check if the credentials are rejected', () => {
    const [line] = logged({
      type: 'upstream-credentials-rejected',
      route: 'POST /connect/token',
      status: 400,
      variables: ['ABCONNECT_CLIENT_SECRET'],
    });
    expect(line).toMatchObject({ level: ERROR, variables: ['ABCONNECT_CLIENT_SECRET'] });
  });

  it('has the error codes and the client of a failed request, with names cut to a bounded length', () => {
    const client = { name: 'n'.repeat(500), version: 'v'.repeat(500) };
    const [line, other] = logged([
      requestEvent({ outcome: 'failed', codes: ['BAD_USER_INPUT', 'UPSTREAM_TIMEOUT'], client }),
      requestEvent(),
    ]);
    expect(line).toMatchObject({
      codes: ['BAD_USER_INPUT', 'UPSTREAM_TIMEOUT'],
      client: `${'n'.repeat(100)}…`,
      clientVersion: `${'v'.repeat(100)}…`,
    });
    expect(Object.keys(other ?? {})).not.toEqual(expect.arrayContaining(['codes']));
    expect(other).not.toHaveProperty('client');
  });

  it('has one line per request, with its outcome', () => {
    expect(logged(requestEvent({ operation: 'Sellers', outcome: 'miss', callsAvoided: 1 }))).toMatchObject([
      {
        msg: 'request',
        requestId: 'r1',
        status: 200,
        operation: 'Sellers',
        outcome: 'miss',
        callsAvoided: 1,
      },
    ]);
  });

  it.each(['/healthz', '/readyz', '/metrics', '/admin/stats'])(
    'has no line for the routine path %s',
    (path) => {
      const page = requestEvent({ path, outcome: 'page', operation: null });
      expect(logged(page)).toEqual([]);
      expect(logged(page, { level: 'debug' })).toHaveLength(1);
    },
  );

  it('omits details of normal work', () => {
    expect(logged({ type: 'hit-memory', keyClass: 'sellers', count: 1 })).toEqual([]);
  });

  it.each([
    [WARN, { type: 'breaker-open', open: 1 }],
    [INFO, { type: 'breaker-closed', open: 0 }],
    [INFO, { type: 'store-up' }],
    [WARN, { type: 'store-refused', cause: new Error('OOM') }],
    [ERROR, { type: 'store-client-failed', cause: new TypeError('null') }],
    [WARN, { type: 'admin-refused', requestId: 'r1', delayMs: 250 }],
    [WARN, { type: 'hook-refused', requestId: 'r1', why: 'signature' }],
    [INFO, { type: 'signals-taken', taken: 3, refused: 0, tags: 5, latencyMs: 20 }],
    [WARN, { type: 'poll-failed', cause: new Error('503') }],
    [WARN, { type: 'traces-lost', reason: 'timeout' }],
    [INFO, { type: 'traces-taken' }],
    [INFO, { type: 'warm-up-ended', sellers: 4, total: 4, loaded: 4, failed: 0, durationMs: 90 }],
    [WARN, { type: 'warm-up-failed', cause: new Error('503') }],
    [INFO, { type: 'sign-in', outcome: 'rejected', durationMs: 90 }],
    [WARN, { type: 'sign-in-limited', by: 'address' }],
    [INFO, { type: 'signed-out', everywhere: false, outcome: 'done' }],
    [INFO, { type: 'client-limited', request: 'execution' }],
    [INFO, { type: 'token-rejected', reason: 'expired' }],
    [WARN, { type: 'session-store-down', cause: new Error('connect ECONNREFUSED') }],
    [INFO, { type: 'session-store-up' }],
    [WARN, { type: 'session-store-refused', cause: new Error('OOM') }],
    [WARN, { type: 'sessions-evictable', policy: 'allkeys-lfu' }],
    [WARN, { type: 'sign-out-kept', pending: 1 }],
    [INFO, { type: 'sign-outs-carried-out' }],
    [WARN, { type: 'jwks-failed', reason: 'no response' }],
    [INFO, { type: 'jwks-fetched', keys: 2, changed: true, durationMs: 9 }],
    [INFO, { type: 'operator-acted', requestId: 'r1', operator: 'anna', effect: '/admin/warm' }],
  ] as const)('has a line at level %i for $type', (level, event) => {
    const { type } = event;
    const [line] = logged(event);
    expect(line).toMatchObject({ level, event: type });
    expect(line?.msg).toMatch(/^[A-Za-z]/);
  });

  it.each([
    { type: 'session-verified', outcome: 'live', durationMs: 1 },
    { type: 'token-verified', durationMs: 1 },
    { type: 'sign-in-delayed', delayMs: 250 },
  ] as const)('has no line for $type, which is normal work', (event) => {
    expect(logged(event)).toEqual([]);
  });

  it('has ten lines a minute for each kind of refusal that any client can cause, and all sign-ins', () => {
    const kinds = [
      { type: 'sign-in', outcome: 'rejected', durationMs: 90 },
      { type: 'sign-in-limited', by: 'user' },
      { type: 'client-limited', request: 'hit' },
      { type: 'token-rejected', reason: 'signature' },
      { type: 'signed-out', everywhere: false, outcome: 'kept' },
      { type: 'sign-out-kept', pending: 1 },
      { type: 'live-refused', why: 'client' },
      { type: 'live-closed', transport: 'sse', by: 'slow', durationMs: 90_000 },
    ] as const;
    const lines = logged(Array.from({ length: 50 }, () => kinds).flat(), { stepMs: 1 });
    const counts = Object.groupBy(lines, ({ event }) => String(event));
    for (const { type } of kinds) expect(counts[type]).toHaveLength(10);
    const signIns = Array.from({ length: 50 }, () => ({
      ...{ type: 'sign-in' as const, outcome: 'accepted' as const, durationMs: 90 },
    }));
    expect(logged(signIns, { stepMs: 1 })).toHaveLength(50);
  });

  it('has a line for a live response whose client was cut, and none for one that its client ended', () => {
    const ended = { type: 'live-closed', transport: 'sse', durationMs: 1 } as const;
    const byClients = Array.from({ length: 20 }, () => ({ ...ended, by: 'client' as const }));
    const lines = logged([...byClients, { ...ended, by: 'slow' }]);
    expect(lines).toMatchObject([{ event: 'live-closed', by: 'slow' }]);
    expect(lines[0]).not.toHaveProperty('leftOut');
  });

  it('has a line for a poll with changes, and none for one without', () => {
    const poll = {
      type: 'polled',
      sellers: 4,
      catalogs: 9,
      tags: 0,
      baseline: false,
      durationMs: 9,
    } as const;
    expect(logged({ ...poll, changes: 2 })).toHaveLength(1);
    expect(logged({ ...poll, changes: 0, baseline: true })).toHaveLength(1);
    expect(logged({ ...poll, changes: 0 })).toEqual([]);
  });

  it('has the first tags of an invalidation, and their number', () => {
    const tags = Array.from({ length: 10_000 }, (_, index) => `seller:${index}`);
    const event = { type: 'invalidated', tags, known: 1, source: 'webhook', durationMs: 4 } as const;
    expect(logged(event)).toMatchObject([{ tags: tags.slice(0, 20), tagCount: 10_000, source: 'webhook' }]);
  });

  it('cuts long names and paths', () => {
    const long = 'x'.repeat(90_000);
    const [line] = logged(requestEvent({ operation: long, path: `/${long}` }));
    expect(line).toMatchObject({ operation: `${'x'.repeat(100)}…`, path: `/${'x'.repeat(99)}…` });
  });

  it('has ten lines a minute for wrong tokens, and counts the suppressed ones', () => {
    const guesses = Array.from({ length: 130 }, (_, second) => ({
      ...{ type: 'admin-refused' as const, requestId: `r${second}`, delayMs: 0 },
    }));
    const lines = logged(guesses);
    const tenFrom = (first: number) => Array.from({ length: 10 }, (_, index) => `r${first + index}`);
    expect(lines.map(({ requestId }) => requestId)).toEqual([0, 60, 120].flatMap(tenFrom));
    expect(lines.flatMap(({ requestId, leftOut }) => (leftOut ? [[requestId, leftOut]] : []))).toEqual([
      ['r60', 50],
      ['r120', 50],
    ]);
    expect(logged(guesses, { level: 'debug' })).toHaveLength(130);
  });

  it('adds the context to every line', () => {
    const context = () => ({ requestId: 'r7', traceId: 't7' });
    const events = [{ type: 'store-up' }, requestEvent({ requestId: 'r8' })] as const;
    expect(logged(events, { context })).toMatchObject([
      { requestId: 'r7', traceId: 't7' },
      // What the event says of itself is nearer to it.
      { requestId: 'r8', traceId: 't7' },
    ]);
  });
});

describe('log lines of cache hits', () => {
  it('are sampled, the first hit included, and say so', () => {
    const hits = Array.from({ length: 7 }, (_, index) =>
      requestEvent({ ...HIT, requestId: `r${index}`, outcome: index % 2 === 0 ? 'hit' : 'stale' }),
    );
    expect(logged(hits, { hitsEvery: 3 })).toMatchObject([
      { level: INFO, requestId: 'r0', outcome: 'hit', sampledOneIn: 3 },
      { level: INFO, requestId: 'r3', outcome: 'stale', sampledOneIn: 3 },
      { level: INFO, requestId: 'r6', outcome: 'hit', sampledOneIn: 3 },
    ]);
  });

  it('are off with a rate of 0', () => {
    expect(logged([HIT, HIT])).toEqual([]);
  });

  it('are complete at level debug', () => {
    expect(logged([HIT, HIT, HIT], { level: 'debug', hitsEvery: 2 }).map(({ level }) => level)).toEqual([
      INFO,
      20,
      INFO,
    ]);
  });
});
