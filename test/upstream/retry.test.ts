import { HttpResponse } from 'msw';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  UpstreamInvalid,
  UpstreamRejected,
  UpstreamTimeout,
  UpstreamUnavailable,
} from '../../src/domain/errors.ts';
import { problem } from '../support/catalog-api-answers.ts';
import { sellerRecord } from '../support/catalog-api-mock.ts';
import { upstreamClient } from '../support/upstream-client.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const intercepted = interceptUpstream();

const SELLER = 'GET /Seller/{id}';

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

function mocked() {
  return intercepted({ sellers: [sellerRecord({ id: 1 }), sellerRecord({ id: 2 })] });
}

const hang = () => new Promise<never>(() => {});
const outcome = (call: Promise<unknown>) => call.catch((error: unknown) => error);

describe('a failing call', () => {
  it.each([
    ['408', () => problem(408)],
    ['425', () => problem(425)],
    ['429', () => problem(429)],
    ['502', () => problem(502)],
    ['503', () => problem(503)],
    ['a failing connection', () => HttpResponse.error()],
  ])('is retried after %s, with growing delays', async (_case, fault) => {
    const mock = mocked();
    mock.fail(SELLER, (_request, call) => (call < 3 ? fault() : undefined));
    const { api, reported } = upstreamClient({ random: () => 0.5 });
    const seller = api.seller(1);
    for (const [attempt, delayMs] of [
      [1, 100],
      [2, 200],
    ] as const) {
      expect(await reported('upstream-retry', attempt)).toMatchObject({ route: SELLER, attempt, delayMs });
      await vi.advanceTimersByTimeAsync(delayMs);
    }
    expect(await seller).toMatchObject({ id: 1 });
    expect(mock.calls(SELLER)).toBe(3);
  });

  it('is tried three times in all', async () => {
    const mock = mocked();
    mock.fail(SELLER, () => problem(503));
    const { api, reported, eventsOf } = upstreamClient();
    const failure = outcome(api.seller(1));
    for (const attempt of [1, 2]) {
      expect(await reported('upstream-retry', attempt)).toMatchObject({ attempt });
      await vi.advanceTimersByTimeAsync(0);
    }
    expect(await failure).toBeInstanceOf(UpstreamUnavailable);
    expect(mock.calls(SELLER)).toBe(3);
    expect(eventsOf('upstream-call').filter(({ route }) => route === SELLER)).toMatchObject([
      { status: 503, attempt: 1 },
      { status: 503, attempt: 2 },
      { status: 503, attempt: 3 },
    ]);
    expect(eventsOf('upstream-failed')).toMatchObject([
      { route: SELLER, code: 'UPSTREAM_UNAVAILABLE', reason: 'status 503' },
    ]);
  });

  it.each([
    ['seconds', () => '7'],
    ['seconds with blanks around', () => ' 7 '],
    ['a date', () => new Date(Date.now() + 7000).toUTCString()],
  ])('waits as long as Retry-After demands in %s', async (_case, retryAfter) => {
    vi.setSystemTime(new Date('2026-03-01T12:00:00Z'));
    const mock = mocked();
    mock.fail(SELLER, (_request, call) =>
      call === 1 ? problem(429, { 'retry-after': retryAfter() }) : undefined,
    );
    const { api, reported } = upstreamClient();
    const seller = api.seller(1);
    await reported('upstream-retry', 1);
    await vi.advanceTimersByTimeAsync(6999);
    expect(mock.calls(SELLER)).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await seller).toMatchObject({ id: 1 });
  });

  it('fails at once if the wait would exceed the deadline', async () => {
    const mock = mocked();
    mock.fail(SELLER, () => problem(503, { 'retry-after': '30' }));
    const { api, eventsOf } = upstreamClient({ deadlineMs: 30_000 });
    await expect(api.seller(1)).rejects.toBeInstanceOf(UpstreamUnavailable);
    expect(mock.calls(SELLER)).toBe(1);
    expect(eventsOf('upstream-retry')).toEqual([]);
  });

  it.each([
    ['500', () => problem(500), UpstreamUnavailable],
    ['504', () => problem(504), UpstreamUnavailable],
    ['400', () => problem(400), UpstreamRejected],
    ['403', () => problem(403), UpstreamRejected],
    ['a redirect', () => HttpResponse.redirect('http://elsewhere.test/'), UpstreamInvalid],
    ['HTML', () => HttpResponse.html('<p>maintenance</p>'), UpstreamInvalid],
    ['half a body', () => HttpResponse.text('{"id": 1, "na'), UpstreamInvalid],
    ['nothing', () => HttpResponse.text(''), UpstreamInvalid],
  ])('is not retried after %s', async (_case, fault, failure) => {
    const mock = mocked();
    mock.fail(SELLER, fault);
    const { api } = upstreamClient();
    await expect(api.seller(1)).rejects.toBeInstanceOf(failure);
    expect(mock.calls(SELLER)).toBe(1);
  });

  it('has a message without upstream details, and the reason as its cause', async () => {
    mocked().fail(SELLER, () => problem(500));
    const failure = await outcome(upstreamClient().api.seller(1));
    expect(failure).toMatchObject({
      message: 'The catalog service is not available.',
      cause: { message: 'status 500' },
    });
  });
});

describe('the deadline', () => {
  it('leaves a quarter of the time to further attempts after a silent one', async () => {
    const mock = mocked();
    mock.fail(SELLER, (_request, call) => (call === 1 ? hang() : undefined));
    const { api, reported } = upstreamClient({ deadlineMs: 30_000 });
    const seller = api.seller(1);
    await mock.arrival(SELLER, 1);
    await vi.advanceTimersByTimeAsync(22_500);
    expect(await reported('upstream-retry', 1)).toMatchObject({ reason: 'no response data for 22500 ms' });
    expect(await seller).toMatchObject({ id: 1 });
  });

  it('ends a call without a response', async () => {
    const mock = mocked();
    mock.fail(SELLER, hang);
    const { api, eventsOf } = upstreamClient({ deadlineMs: 30_000 });
    const failure = outcome(api.seller(1));
    for (const [attempt, ms] of [
      [1, 22_500],
      [2, 5625],
      [3, 1875],
    ] as const) {
      await mock.arrival(SELLER, attempt);
      await vi.advanceTimersByTimeAsync(ms);
    }
    expect(await failure).toBeInstanceOf(UpstreamTimeout);
    expect(mock.calls(SELLER)).toBe(3);
    expect(eventsOf('upstream-failed')).toMatchObject([{ code: 'UPSTREAM_TIMEOUT', durationMs: 30_000 }]);
  });

  it('includes the wait for a slot', async () => {
    const mock = mocked();
    mock.fail(SELLER, (_request, call) =>
      call === 1 ? new Promise((resolve) => setTimeout(resolve, 14_000, undefined)) : hang(),
    );
    const { api } = upstreamClient({ deadlineMs: 30_000, concurrency: 1 });
    const outcomes = Promise.all([outcome(api.seller(1)), outcome(api.seller(2))]);
    for (const [call, ms] of [
      [1, 14_000],
      [2, 16_000],
    ] as const) {
      await mock.arrival(SELLER, call);
      await vi.advanceTimersByTimeAsync(ms);
    }
    expect(await outcomes).toEqual([expect.objectContaining({ id: 1 }), expect.any(UpstreamTimeout)]);
  });

  it('includes the wait for a token', async () => {
    const mock = mocked();
    const { api } = upstreamClient({ deadlineMs: 30_000 });
    await api.seller(1);
    vi.setSystemTime(Date.now() + 3_600_000);
    // The refresh hangs, and after its own deadline so does the password grant.
    mock.fail('POST /connect/token', hang);
    const settled = vi.fn();
    const failure = outcome(api.seller(1).finally(settled));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(settled).toHaveBeenCalled();
    expect(await failure).toBeInstanceOf(UpstreamTimeout);
  });

  it('releases the slot', async () => {
    const mock = mocked();
    mock.fail(SELLER, hang);
    const { api } = upstreamClient({ deadlineMs: 30_000, concurrency: 1 });
    const failure = outcome(api.seller(1));
    await mock.arrival(SELLER, 1);
    await vi.advanceTimersByTimeAsync(30_000);
    await failure;
    mock.recover(SELLER);
    expect(await api.seller(2)).toMatchObject({ id: 2 });
  });
});

describe('the limit of concurrent calls', () => {
  it('is kept, and reached', async () => {
    const mock = mocked();
    mock.fail(SELLER, async () => {
      for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      return undefined;
    });
    const { api } = upstreamClient({ concurrency: 4 });
    await Promise.all(Array.from({ length: 20 }, () => api.seller(1)));
    expect(mock.mostAtOnce(SELLER)).toBe(4);
  });

  it('does not count a call that waits for its retry', async () => {
    const mock = mocked();
    mock.fail(SELLER, ({ url }, call) =>
      url.pathname.endsWith('/1') && call === 1 ? problem(502, { 'retry-after': '10' }) : undefined,
    );
    const { api, reported } = upstreamClient({ concurrency: 1 });
    const slow = api.seller(1);
    await reported('upstream-retry', 1);
    expect(await api.seller(2)).toMatchObject({ id: 2 });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await slow).toMatchObject({ id: 1 });
  });

  it('refuses calls at once if too many are queued', async () => {
    mocked().fail('POST /connect/token', hang);
    const { api } = upstreamClient({ concurrency: 1 });
    const waiting = Array.from({ length: 1001 }, () => outcome(api.seller(1)));
    await expect(api.seller(1)).rejects.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      cause: { message: 'too many upstream calls are queued' },
    });
    await vi.advanceTimersByTimeAsync(30_000);
    await Promise.all(waiting);
  });
});
