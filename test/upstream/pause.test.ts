import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { failureCodec } from '../../src/repository/failure-codec.ts';
import type { SharedPauses } from '../../src/upstream/pause.ts';
import { problem } from '../support/catalog-api-answers.ts';
import { sellerRecord } from '../support/catalog-api-mock.ts';
import { upstreamClient } from '../support/upstream-client.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const intercepted = interceptUpstream();

const SELLER = 'GET /Seller/{id}';
const TOKEN = 'POST /connect/token';

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** An upstream that answers the first call with this. */
function mocked(status: number, retryAfter: string) {
  const mock = intercepted({ sellers: [1, 2, 3].map((id) => sellerRecord({ id })) });
  mock.fail(SELLER, (_request, call) =>
    call === 1 ? problem(status, { 'retry-after': retryAfter }) : undefined,
  );
  return mock;
}

const outcome = (call: Promise<unknown>) => call.catch((error: unknown) => error);
const later = (seconds: number) => void vi.setSystemTime(Date.now() + seconds * 1000);

describe('Retry-After', () => {
  it.each([429, 503])('of %d pauses all calls, which fail at once if it is too long', async (status) => {
    const mock = mocked(status, '30');
    const { api } = upstreamClient({ deadlineMs: 10_000 });
    expect(await outcome(api.seller(1))).toMatchObject({ retryAfterMs: 30_000 });
    for (const leftMs of [30_000, 20_000, 10_000]) {
      for (const failure of await Promise.all([api.seller(2), api.sellers(), api.catalog(3)].map(outcome)))
        expect(failure).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryAfterMs: leftMs });
      later(10);
    }
    expect(mock.calls()).toBe(1);
    expect(await api.seller(1)).toMatchObject({ id: 1 });
  });

  it('is waited for by calls with enough time', async () => {
    const mock = mocked(429, '5');
    const { api, reported } = upstreamClient({ deadlineMs: 10_000 });
    const first = api.seller(1);
    await reported('upstream-retry', 1);
    const others = Promise.all([api.seller(2), api.seller(3)]);
    await vi.advanceTimersByTimeAsync(4999);
    expect(mock.calls(SELLER)).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await Promise.all([first, others])).toMatchObject([{ id: 1 }, [{ id: 2 }, { id: 3 }]]);
  });

  it('of one request does not pause others: 408', async () => {
    const mock = mocked(408, '5');
    const { api, reported } = upstreamClient({ deadlineMs: 10_000 });
    const first = api.seller(1);
    await reported('upstream-retry', 1);
    expect(await api.seller(2)).toMatchObject({ id: 2 });
    expect(mock.calls(SELLER)).toBe(2);
    await vi.advanceTimersByTimeAsync(5000);
    expect(await first).toMatchObject({ id: 1 });
  });

  it.each(['31536000', '9'.repeat(400), 'Fri, 31 Dec 9999 23:59:59 GMT'])(
    'is limited to five minutes: %s',
    async (retryAfter) => {
      mocked(429, retryAfter);
      const { api } = upstreamClient();
      expect(await outcome(api.seller(1))).toMatchObject({ retryAfterMs: 300_000 });
      later(300);
      expect(await api.seller(1)).toMatchObject({ id: 1 });
    },
  );

  it('of the token endpoint pauses token requests, and not calls with a token', async () => {
    const mock = intercepted({ sellers: [sellerRecord({ id: 1 })] });
    const { api, reported } = upstreamClient({ deadlineMs: 10_000 });
    await api.seller(1);
    later(3300);
    mock.fail(TOKEN, () => problem(503, { 'retry-after': '30' }));
    expect(await api.seller(1)).toMatchObject({ id: 1 });
    await reported('upstream-failed', 2);
    expect(mock.calls(TOKEN)).toBe(2);
    for (let second = 0; second < 10; second += 1) {
      later(2);
      expect(await api.seller(1)).toMatchObject({ id: 1 });
    }
    expect(mock.calls(TOKEN)).toBe(2);
  });

  it('is shared with other processes, which read it at most once a second', async () => {
    const pauses = new Map<string, number>();
    let asked = 0;
    const sharedPauses: SharedPauses = {
      async remainingMs(service) {
        asked += 1;
        return Math.max(0, (pauses.get(service) ?? 0) - Date.now());
      },
      async extend(service, ms) {
        pauses.set(service, Date.now() + ms);
      },
    };
    const mock = mocked(429, '30');
    const [one, other] = [1, 2].map(() => upstreamClient({ sharedPauses, deadlineMs: 10_000 }).api);
    await outcome(one?.seller(1) as Promise<unknown>);
    for (let call = 0; call < 20; call += 1)
      expect(await outcome(other?.seller(2) as Promise<unknown>)).toMatchObject({ retryAfterMs: 30_000 });
    expect(mock.calls(SELLER)).toBe(1);
    // Each process asks of the catalog, and the first of the identity service too.
    expect(asked).toBe(3);
  });

  it('reaches other processes that wait for the failed load', async () => {
    mocked(429, '30');
    const failure = await outcome(upstreamClient({ deadlineMs: 10_000 }).api.seller(1));
    const told = failureCodec.fromText(failureCodec.toText(failure as Error));
    expect(told).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryAfterMs: 30_000 });
    expect(failureCodec.fromText('["UpstreamTimeout","late"]')).toMatchObject({ retryAfterMs: undefined });
  });
});
