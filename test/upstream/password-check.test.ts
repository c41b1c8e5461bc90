import { inspect } from 'node:util';
import { HttpResponse } from 'msw';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UpstreamInvalid, UpstreamTimeout, UpstreamUnavailable } from '../../src/domain/errors.ts';
import { logEvents } from '../../src/telemetry/logs/log-events.ts';
import type { UpstreamEvent } from '../../src/upstream/events.ts';
import { createPasswordCheck, type PasswordCheckOptions } from '../../src/upstream/password-check.ts';
import { problem } from '../support/catalog-api-answers.ts';
import { CREDENTIALS, IDENTITY_URL, type MockFault, sellerRecord } from '../support/catalog-api-mock.ts';
import { startOtlpReceiver } from '../support/otlp-receiver.ts';
import { inRequest, trace } from '../support/traced-gateway.ts';
import { upstreamClient } from '../support/upstream-client.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const intercepted = interceptUpstream();

const TOKEN = 'POST /connect/token';
const CLIENT = ['ABCONNECT_CLIENT_ID', 'ABCONNECT_CLIENT_SECRET'];
const clock = { now: () => Date.now(), monotonic: () => Date.now() };

function scene(fault?: MockFault, options: Partial<PasswordCheckOptions> = {}) {
  const mock = intercepted({ sellers: [sellerRecord({ id: 1 })] });
  if (fault) mock.fail(TOKEN, fault);
  const events: UpstreamEvent[] = [];
  const check = createPasswordCheck({
    identityUrl: IDENTITY_URL,
    credentials: CREDENTIALS,
    clock,
    random: () => 0,
    report: (event) => events.push(event),
    ...options,
  });
  const eventsOf = (type: UpstreamEvent['type']) => events.filter((event) => event.type === type);
  return { mock, check, events, eventsOf };
}

/** Grants whatever is asked for. */
const granted: MockFault = () => HttpResponse.json({ access_token: 'mock-granted', expires_in: 60 });
const refusedWith =
  (error: unknown, status = 400): MockFault =>
  () =>
    HttpResponse.json({ error }, { status });
const never: MockFault = () => new Promise(() => {});
const failureOf = (work: Promise<unknown>) => work.catch((error: unknown) => error);

describe('the password check', () => {
  it('accepts the right password and rejects a wrong one, with one request each', async () => {
    const { mock, check, eventsOf } = scene();
    expect(await check('mock-username', 'mock-password')).toBe(true);
    expect(await check('mock-username', 'wrong')).toBe(false);
    expect(mock.calls(TOKEN)).toBe(2);
    expect(eventsOf('upstream-failed')).toEqual([]);
    expect(eventsOf('upstream-credentials-rejected')).toEqual([]);
  });

  it('uses the password grant and the client of the gateway, without a scope', async () => {
    const { mock, check } = scene(granted);
    await check('anna', 'secret');
    expect(mock.requests(TOKEN).map(({ form }) => Object.fromEntries(form))).toEqual([
      {
        grant_type: 'password',
        username: 'anna',
        password: 'secret',
        client_id: 'mock-client-id',
        client_secret: 'mock-client-secret',
      },
    ]);
  });

  it.each(['a&b=c+d %2B', 'grant_type=x&client_id=y', 'pässwörd ✓ 密码 🔑', 'line\r\nline\u0000', ' '])(
    'sends %j as it was typed',
    async (text) => {
      const { mock, check } = scene(granted);
      await check(text, text);
      const [request] = mock.requests(TOKEN);
      expect([request?.form.getAll('username'), request?.form.getAll('password')]).toEqual([[text], [text]]);
      expect(request?.form.getAll('grant_type')).toEqual(['password']);
    },
  );

  it.each([
    ['', 'secret'],
    ['anna', ''],
  ])('rejects an empty field without a request', async (username, password) => {
    const { mock, check } = scene(granted);
    expect(await check(username, password)).toBe(false);
    expect(mock.calls(TOKEN)).toBe(0);
  });

  it.each([
    ['invalid_client with 401', refusedWith('invalid_client', 401), 401],
    ['unauthorized_client', refusedWith('unauthorized_client'), 400],
    ['invalid_grant with 401', refusedWith('invalid_grant', 401), 401],
    ['invalid_scope', refusedWith('invalid_scope'), 400],
    ['an error that is no text', refusedWith({ invalid_grant: true }), 400],
    [
      'invalid_grant in a text that is no JSON',
      () => HttpResponse.text('invalid_grant', { status: 400 }),
      400,
    ],
    ['JSON null', () => HttpResponse.text('null', { status: 400 }), 400],
    ['403', () => problem(403), 403],
    ['404', () => problem(404), 404],
  ])('takes %s as a wrong setting of the gateway, not as a wrong password', async (_case, fault, status) => {
    const { check, eventsOf } = scene(fault);
    expect(await failureOf(check('anna', 'secret'))).toBeInstanceOf(UpstreamUnavailable);
    expect(eventsOf('upstream-credentials-rejected')).toEqual([
      { type: 'upstream-credentials-rejected', route: TOKEN, status, variables: CLIENT },
    ]);
  });

  it.each([
    ['500', () => problem(500), UpstreamUnavailable],
    ['a redirect', () => problem(302), UpstreamInvalid],
    ['a page with status 200', () => HttpResponse.html('<p>maintenance</p>'), UpstreamInvalid],
    ['no token', () => HttpResponse.json({}), UpstreamInvalid],
  ])('lets nobody in if the identity endpoint sends %s', async (_case, fault, kind) => {
    const { check, eventsOf } = scene(fault);
    expect(await failureOf(check('anna', 'secret'))).toBeInstanceOf(kind);
    expect(eventsOf('upstream-credentials-rejected')).toEqual([]);
  });
});

describe('the bounds of password checks', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  it('end a check at its deadline', async () => {
    const { mock, check } = scene(never, { deadlineMs: 700 });
    const failure = failureOf(check('anna', 'secret'));
    await mock.arrival(TOKEN, 1);
    await vi.advanceTimersByTimeAsync(700);
    expect(await failure).toBeInstanceOf(UpstreamTimeout);
  });

  it('refuse at once a check that finds the queue full', async () => {
    const { mock, check } = scene(never, { concurrency: 2, maxWaiting: 3 });
    const checks = ['a', 'b', 'c', 'd', 'e'].map((name) => failureOf(check(name, 'secret')));
    await mock.arrival(TOKEN, 2);
    expect(await failureOf(check('f', 'secret'))).toBeInstanceOf(UpstreamUnavailable);
    expect(mock.mostAtOnce(TOKEN)).toBe(2);
    await vi.advanceTimersByTimeAsync(5000);
    expect((await Promise.all(checks)).map((failure) => (failure as Error).name)).toEqual(
      Array(5).fill('UpstreamTimeout'),
    );
  });

  it('leave a place to others when one user name fills the queue', async () => {
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { mock, check } = scene(
      async ({ form }) => {
        await released;
        return refusedWith(form.get('username') === 'ben' ? 'invalid_grant' : 'invalid_client')(
          {} as never,
          1,
        );
      },
      { concurrency: 1, maxWaiting: 3 },
    );
    const flood = Array.from({ length: 4 }, () => failureOf(check('anna', 'guess')));
    await mock.arrival(TOKEN, 1);
    const other = check('ben', 'secret');
    expect(await flood.at(-1)).toBeInstanceOf(UpstreamUnavailable);
    release();
    expect(await other).toBe(false);
    expect(mock.requests(TOKEN)[1]?.form.get('username')).toBe('ben');
    await Promise.all(flood);
  });

  it('keep a Retry-After for sign-ins from the token of the Catalog API, and the reverse', async () => {
    const { mock, check } = scene();
    const limited = (username: string) =>
      mock.fail(TOKEN, ({ form }) =>
        form.get('username') === username ? problem(429, { 'retry-after': '60' }) : undefined,
      );
    limited('anna');
    expect(await failureOf(check('anna', 'secret'))).toMatchObject({ retryAfterMs: 60_000 });
    // Sign-ins are paused, and the token is not.
    expect(await failureOf(check('ben', 'secret'))).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    expect(mock.calls(TOKEN)).toBe(1);
    const { api } = upstreamClient({ deadlineMs: 5000 });
    expect(await api.seller(1)).toMatchObject({ id: 1 });

    limited('mock-username');
    vi.setSystemTime(Date.now() + 3_600_000);
    const { api: limitedApi } = upstreamClient({ deadlineMs: 5000 });
    expect(await failureOf(limitedApi.seller(1))).toMatchObject({ retryAfterMs: 60_000 });
    expect(await check('ben', 'wrong')).toBe(false);
  });
});

describe('a password', () => {
  const MARK = 'marked&pass=word+✓';
  const FORMS = ['marked', 'pass%3Dword', 'mock-granted'];
  const echo: MockFault = ({ form }) =>
    HttpResponse.json({ error: 'invalid_request', error_description: `${form}` }, { status: 400 });

  it.each<[string, MockFault]>([
    ['it is accepted', granted],
    ['it is refused', refusedWith('invalid_grant')],
    ['the endpoint echoes it', echo],
    ['the endpoint echoes it as a page', ({ form }) => HttpResponse.text(`${form.get('password')}`)],
    ['the endpoint fails', () => problem(500)],
    ['the connection fails', () => HttpResponse.error()],
  ])('is in no event, span, log line and error when %s', async (_case, fault) => {
    const collector = await startOtlpReceiver();
    const tracing = trace(collector.endpoint);
    const lines: string[] = [];
    const log = logEvents(pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) }), {
      hitsEvery: 1,
      clock,
    });
    const events: UpstreamEvent[] = [];
    const { check } = scene(fault, {
      report: (event) => {
        events.push(event);
        log(event);
      },
    });
    const { result } = inRequest('r-1', () => failureOf(check('somebody', MARK)));
    const outcome = await result;
    await tracing.shutdown();
    expect([events.length > 0, lines.length > 0, collector.spans.length > 0]).toEqual([true, true, true]);
    const seen = inspect([events, collector.spans, lines, outcome], {
      depth: null,
      showHidden: true,
      maxStringLength: null,
    });
    for (const form of [...FORMS, 'somebody', CREDENTIALS.clientSecret]) expect(seen).not.toContain(form);
  });
});
