import { HttpResponse } from 'msw';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UpstreamInvalid, UpstreamRejected, UpstreamUnavailable } from '../../src/domain/errors.ts';
import { problem } from '../support/catalog-api-answers.ts';
import { type CatalogApiMockOptions, sellerRecord } from '../support/catalog-api-mock.ts';
import { upstreamClient } from '../support/upstream-client.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const intercepted = interceptUpstream();

const TOKEN = 'POST /connect/token';
const SELLER = 'GET /Seller/{id}';

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

function mocked(options: CatalogApiMockOptions = {}) {
  return intercepted({ sellers: [sellerRecord({ id: 1 })], ...options });
}

function later(seconds: number) {
  vi.setSystemTime(Date.now() + seconds * 1000);
}

const bearers = (mock: ReturnType<typeof mocked>) =>
  mock.requests(SELLER).map(({ headers }) => headers.get('authorization'));

describe('the token', () => {
  it('is requested once, with the password grant, by 50 concurrent calls', async () => {
    const mock = mocked();
    const { api } = upstreamClient({ concurrency: 50 });
    await Promise.all(Array.from({ length: 50 }, () => api.seller(1)));
    expect(mock.calls(SELLER)).toBe(50);
    expect(mock.requests(TOKEN).map(({ form }) => Object.fromEntries(form))).toEqual([
      {
        grant_type: 'password',
        username: 'mock-username',
        password: 'mock-password',
        client_id: 'mock-client-id',
        client_secret: 'mock-client-secret',
        scope: 'offline_access',
      },
    ]);
    expect(mock.requests(TOKEN)[0]?.headers.get('content-type')).toContain(
      'application/x-www-form-urlencoded',
    );
    expect(new Set(bearers(mock))).toEqual(new Set(['Bearer mock-access-token-1']));
  });

  it('is used until 300 s before it expires and then renewed with the refresh token', async () => {
    const mock = mocked();
    const { api, reported, eventsOf } = upstreamClient();
    await api.seller(1);
    later(3299);
    await api.seller(1);
    expect(mock.calls(TOKEN)).toBe(1);

    later(1);
    await api.seller(1);
    await reported('upstream-token-renewed', 2);
    await api.seller(1);
    expect(Object.fromEntries(mock.requests(TOKEN)[1]?.form ?? [])).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'mock-refresh-token-1',
      client_id: 'mock-client-id',
      client_secret: 'mock-client-secret',
    });
    expect(bearers(mock).at(-1)).toBe('Bearer mock-access-token-2');
    expect(eventsOf('upstream-token-renewed').map(({ grant }) => grant)).toEqual([
      'password',
      'refresh_token',
    ]);
  });

  it('delays no call for a renewal while it is valid', async () => {
    const mock = mocked();
    const { api } = upstreamClient();
    await api.seller(1);
    later(3300);
    mock.fail(TOKEN, () => new Promise(() => {}));
    expect(await api.seller(1)).toMatchObject({ id: 1 });
    await mock.arrival(TOKEN, 2);
  });

  it('stays in use if its early renewal fails', async () => {
    const mock = mocked();
    const { api, reported } = upstreamClient();
    await api.seller(1);
    later(3300);
    mock.fail(TOKEN, () => problem(500));
    expect(await api.seller(1)).toMatchObject({ id: 1 });
    // Both grants fail, and nothing else does.
    await reported('upstream-failed', 2);
    expect(await api.seller(1)).toMatchObject({ id: 1 });
    expect(bearers(mock)).toEqual(Array(3).fill('Bearer mock-access-token-1'));
  });

  it('is requested with the password if the refresh is refused', async () => {
    const mock = mocked();
    const { api, eventsOf } = upstreamClient();
    await api.seller(1);
    later(3600);
    mock.fail(TOKEN, ({ form }) =>
      form.get('grant_type') === 'refresh_token'
        ? HttpResponse.json({ error: 'invalid_grant' }, { status: 400 })
        : undefined,
    );
    expect(await api.seller(1)).toMatchObject({ id: 1 });
    expect(mock.requests(TOKEN).map(({ form }) => form.get('grant_type'))).toEqual([
      'password',
      'refresh_token',
      'password',
    ]);
    expect(eventsOf('upstream-credentials-rejected')).toEqual([]);
  });

  it('is not requested again with a failed refresh token', async () => {
    const mock = mocked();
    const { api } = upstreamClient();
    await api.seller(1);
    later(3600);
    mock.fail(TOKEN, () => problem(500));
    await expect(api.seller(1)).rejects.toBeInstanceOf(UpstreamUnavailable);
    mock.recover(TOKEN);
    later(1);
    expect(await api.seller(1)).toMatchObject({ id: 1 });
    expect(mock.requests(TOKEN).map(({ form }) => form.get('grant_type'))).toEqual([
      'password',
      'refresh_token',
      'password',
      'password',
    ]);
  });

  it('is requested with the password without a refresh token', async () => {
    const mock = mocked({ refreshTokens: false });
    const { api } = upstreamClient();
    await api.seller(1);
    later(3600);
    await api.seller(1);
    expect(mock.requests(TOKEN).map(({ form }) => form.get('grant_type'))).toEqual(['password', 'password']);
  });

  it('that lives less than 300 s is used until it expires', async () => {
    const mock = mocked({ tokenTtlSeconds: 60 });
    const { api } = upstreamClient();
    await api.seller(1);
    later(59);
    await api.seller(1);
    expect(mock.calls(TOKEN)).toBe(1);
    later(1);
    await api.seller(1);
    expect(mock.calls(TOKEN)).toBe(2);
  });

  it('that is refused is replaced once for all calls', async () => {
    const mock = mocked();
    const { api } = upstreamClient({ concurrency: 10 });
    await api.seller(1);
    mock.revokeTokens();
    await Promise.all(Array.from({ length: 10 }, () => api.seller(1)));
    expect(mock.calls(TOKEN)).toBe(2);
  });

  it('that is already replaced is not replaced again', async () => {
    const mock = mocked();
    const { api } = upstreamClient();
    await api.seller(1);
    mock.revokeTokens();
    mock.fail(SELLER, async (_request, call) => {
      // The second call is refused only when the third has got a new token and used it.
      if (call === 2) await mock.arrival(SELLER, 4);
      return undefined;
    });
    await Promise.all([api.seller(1), mock.arrival(SELLER, 2).then(() => api.seller(1))]);
    expect(mock.calls(TOKEN)).toBe(2);
    expect(bearers(mock).at(-1)).toBe('Bearer mock-access-token-2');
  });

  it('that is refused again is not replaced a second time', async () => {
    const mock = mocked();
    mock.fail(SELLER, () => problem(401));
    const { api, eventsOf } = upstreamClient();
    await expect(api.seller(1)).rejects.toBeInstanceOf(UpstreamRejected);
    expect(mock.calls(SELLER)).toBe(2);
    expect(mock.calls(TOKEN)).toBe(2);
    expect(eventsOf('upstream-credentials-rejected')).toMatchObject([{ route: SELLER, status: 401 }]);
  });
});

describe('the lifetime of a token', () => {
  /** Grants tokens with this `expires_in`, none where it is undefined. */
  function granting(expires_in: unknown) {
    const mock = mocked();
    mock.fail(TOKEN, ({ form }, call) => {
      const refresh_token = form.get('refresh_token') ?? 'mock-refresh-token-1';
      return HttpResponse.json({ access_token: `token-${call}`, refresh_token, expires_in });
    });
    mock.fail(SELLER, () => HttpResponse.json({ id: 1 }));
    return mock;
  }

  it.each([undefined, null, '', 'soon', 0, -5, {}, true])(
    'defaults to five minutes for an unusable value such as %j',
    async (expires_in) => {
      const mock = granting(expires_in);
      const { api } = upstreamClient();
      await api.seller(1);
      later(299);
      await api.seller(1);
      expect(mock.calls(TOKEN)).toBe(1);
      later(1);
      await api.seller(1);
      expect(mock.calls(TOKEN)).toBe(2);
    },
  );

  it.each([
    ['3600', 3600],
    ['60', 60],
    [60.5, 60.5],
    [' 60 ', 60],
    [0.2, 1],
    [1e300, 86_400],
  ])('is read from %j', async (expires_in, seconds) => {
    granting(expires_in);
    const { api, eventsOf } = upstreamClient();
    await api.seller(1);
    expect(eventsOf('upstream-token-renewed')).toMatchObject([{ lifetimeMs: 1000 * seconds }]);
  });

  it.each([301, 310, 600])('of %d s is not spent on renewals', async (expires_in) => {
    const mock = granting(expires_in);
    const { api } = upstreamClient();
    for (let second = 0; second < 2 * expires_in; second += 10) {
      await api.seller(1);
      // What renews it in the background comes to its end.
      for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      later(10);
    }
    expect(mock.calls(TOKEN)).toBeLessThanOrEqual(4);
  });

  it.each([0.001, 1, 2])('of %d s needs no token request per call', async (expires_in) => {
    const mock = granting(expires_in);
    const { api } = upstreamClient();
    for (let call = 0; call < 20; call += 1) {
      await api.seller(1);
      vi.setSystemTime(Date.now() + 100);
    }
    expect(mock.calls(TOKEN)).toBeLessThanOrEqual(3);
  });

  it.each([
    ['back', -86_400_000],
    ['forwards', 86_400_000],
  ])('is not changed by setting the clock %s', async (_way, byMs) => {
    const mock = granting(60);
    const clock = { wallMs: 1_000_000_000, passedMs: 0 };
    const { api } = upstreamClient({ clock: { now: () => clock.wallMs, monotonic: () => clock.passedMs } });
    await api.seller(1);
    clock.wallMs += byMs;
    clock.passedMs += 59_000;
    await api.seller(1);
    expect(mock.calls(TOKEN)).toBe(1);
    clock.passedMs += 1000;
    await api.seller(1);
    expect(mock.calls(TOKEN)).toBe(2);
  });
});

describe('a token request', () => {
  it('is not made per call if new tokens are refused too', async () => {
    const mock = mocked();
    mock.fail(SELLER, () => problem(401));
    const { api } = upstreamClient();
    for (let call = 0; call < 10; call += 1)
      await expect(api.seller(1)).rejects.toBeInstanceOf(UpstreamRejected);
    expect(mock.calls(TOKEN)).toBe(2);
    later(1);
    mock.recover(SELLER);
    expect(await api.seller(1)).toMatchObject({ id: 1 });
  });

  it('that fails is shared by all waiting calls', async () => {
    const mock = mocked();
    mock.fail(TOKEN, () => problem(500));
    const { api } = upstreamClient({ concurrency: 2 });
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => api.seller(1)));
    expect(results.every(({ status }) => status === 'rejected')).toBe(true);
    expect(mock.calls(TOKEN)).toBe(1);
    expect(mock.calls(SELLER)).toBe(0);

    later(1);
    mock.recover(TOKEN);
    expect(await api.seller(1)).toMatchObject({ id: 1 });
  });

  it('is retried like a GET', async () => {
    const mock = mocked();
    mock.fail(TOKEN, (_request, call) => (call === 1 ? problem(503) : undefined));
    const { api, reported } = upstreamClient();
    const seller = api.seller(1);
    expect(await reported('upstream-retry', 1)).toMatchObject({
      route: TOKEN,
      attempt: 1,
      reason: 'status 503',
    });
    await vi.advanceTimersByTimeAsync(0);
    expect(await seller).toMatchObject({ id: 1 });
  });

  it.each([
    ['invalid_client', ['ABCONNECT_CLIENT_ID', 'ABCONNECT_CLIENT_SECRET']],
    [
      'invalid_grant',
      ['ABCONNECT_USERNAME', 'ABCONNECT_PASSWORD', 'ABCONNECT_CLIENT_ID', 'ABCONNECT_CLIENT_SECRET'],
    ],
  ])('that is refused with %s names the variables to check', async (error, variables) => {
    const mock = mocked();
    mock.fail(TOKEN, () => HttpResponse.json({ error }, { status: 400 }));
    const { api, eventsOf } = upstreamClient();
    await expect(api.seller(1)).rejects.toBeInstanceOf(UpstreamRejected);
    expect(eventsOf('upstream-credentials-rejected')).toEqual([
      { type: 'upstream-credentials-rejected', route: TOKEN, status: 400, variables },
    ]);
  });

  it.each([
    ['is HTML', () => HttpResponse.html('<p>login</p>'), ''],
    ['has no token', () => HttpResponse.json({ expires_in: 60 }), 'access_token'],
    [
      'has a token no header can carry',
      () => HttpResponse.json({ access_token: 'a\nb', expires_in: 60 }),
      'access_token',
    ],
  ])('whose response %s is UpstreamInvalid', async (_case, fault, field) => {
    const mock = mocked();
    mock.fail(TOKEN, fault);
    const { api, eventsOf } = upstreamClient();
    await expect(api.seller(1)).rejects.toBeInstanceOf(UpstreamInvalid);
    expect(eventsOf('upstream-payload-rejected')).toMatchObject([{ route: TOKEN, field }]);
  });

  it('that cannot connect is UpstreamUnavailable', async () => {
    const mock = mocked();
    mock.fail(TOKEN, () => HttpResponse.error());
    const { api, reported } = upstreamClient();
    const settled = Promise.allSettled([api.seller(1)]);
    for (const retry of [1, 2]) {
      await reported('upstream-retry', retry);
      await vi.advanceTimersByTimeAsync(0);
    }
    expect(await settled).toMatchObject([{ reason: expect.any(UpstreamUnavailable) }]);
    expect(mock.calls(TOKEN)).toBe(3);
  });
});
