import { describe, expect, it } from 'vitest';
import { UpstreamUnavailable } from '../../../src/domain/errors.ts';
import { type FakeSignIn, startSignIn } from '../../support/sign-in.ts';

const FORM = { action: 'sign-in', username: 'anna', password: 'secret' };
const OWN = { 'sec-fetch-site': 'same-origin' };

function post(
  { origin }: { origin: string },
  fields: Record<string, string> = FORM,
  { headers = OWN, next = '' }: { headers?: Record<string, string>; next?: string } = {},
) {
  return fetch(`${origin}/sign-in?next=${encodeURIComponent(next)}`, {
    method: 'POST',
    body: new URLSearchParams(fields),
    headers,
    redirect: 'manual',
  });
}

describe('GET /sign-in', () => {
  it('is a page that no cache stores, no site frames and no script runs in', async () => {
    const { origin } = await startSignIn();
    const response = await fetch(`${origin}/sign-in`);
    expect(response.status).toBe(200);
    const headers = Object.fromEntries(response.headers);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    });
    const policy = headers['content-security-policy'];
    for (const rule of ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'"])
      expect(policy).toContain(rule);
    expect(policy).not.toMatch(/script-src|unsafe|https?:|\*/);
    expect(await response.text()).toContain('<h1 id="title">Sign in</h1>');
  });

  it('serves its files', async () => {
    const { origin } = await startSignIn();
    const html = await (await fetch(`${origin}/sign-in`)).text();
    const files = [...html.matchAll(/(?:href|src)="(\/sign-in\/[^"]+)"/g)].map(([, path]) => path);
    expect(files.length).toBeGreaterThanOrEqual(4);
    for (const path of files) {
      const response = await fetch(`${origin}${path}`);
      expect([path, response.status, response.headers.get('content-type')]).toEqual([
        path,
        200,
        path?.endsWith('.css') ? 'text/css; charset=utf-8' : 'image/svg+xml',
      ]);
    }
  });

  it('says who is signed in', async () => {
    const { origin } = await startSignIn();
    const html = await (await fetch(`${origin}/sign-in`, { headers: { cookie: 'sid=1' } })).text();
    expect(html).toContain('Signed in as <strong><bdi>Anna</bdi></strong>');
  });

  it('is 503 and not the page of nobody if the session cannot be judged', async () => {
    const whoIs = new UpstreamUnavailable('away', { retryAfterMs: 2500 });
    const response = await fetch(`${(await startSignIn({ whoIs })).origin}/sign-in`);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '3']);
    expect(await response.text()).toContain('Signing in is not available right now.');
  });
});

describe('POST /sign-in', () => {
  it('refuses what can be no user name as a wrong password', async () => {
    const response = await post(await startSignIn(), { ...FORM, username: 'anna ' });
    expect(response.status).toBe(401);
    expect(await response.text()).toContain('Wrong user name or password.');
  });

  it('signs in and returns to the page before', async () => {
    const scene = await startSignIn();
    const response = await post(scene, FORM, { next: '/observatory' });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/observatory']);
    expect(response.headers.get('set-cookie')).toContain('sid=1');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(scene.attempts).toEqual([{ username: 'anna', password: 'secret' }]);
  });

  it('never redirects to another site', async () => {
    const response = await post(await startSignIn(), FORM, { next: '//evil.test' });
    expect(response.headers.get('location')).toBe('/graphql');
  });

  it('stays on the page of the account without GraphiQL', async () => {
    const scene = await startSignIn({}, { graphiql: false, observatory: false });
    expect((await post(scene)).headers.get('location')).toBe('/sign-in');
  });

  it('reads any Unicode, &, = and + as they were typed', async () => {
    const scene = await startSignIn();
    const typed = { username: 'ä&b=c+d %', password: '密码 🔑&password=x' };
    await post(scene, { action: 'sign-in', ...typed });
    expect(scene.attempts).toEqual([typed]);
  });

  it.each<[FakeSignIn['outcome'], number, string | null, string]>([
    [{ outcome: 'rejected' }, 401, null, 'Wrong user name or password.'],
    [{ outcome: 'limited', retryAfterMs: 30_000 }, 429, '30', 'Try again in 30 seconds.'],
    [{ outcome: 'unavailable' }, 503, '1', 'Signing in is not available'],
    [new UpstreamUnavailable('away'), 503, '1', 'Signing in is not available'],
  ])('shows the form again for %o', async (outcome, status, retryAfter, text) => {
    const response = await post(await startSignIn({ outcome }), { ...FORM, username: '<anna>' });
    expect([response.status, response.headers.get('retry-after')]).toEqual([status, retryAfter]);
    const html = await response.text();
    expect(html).toContain(text);
    expect(html).not.toContain('secret');
    expect(html).not.toContain('<anna>');
    expect(response.headers.get('set-cookie')).toBeNull();
  });

  it.each<[string, boolean, FakeSignIn['signOut'], number, string]>([
    ['sign-out', false, 'done', 200, 'You are signed out.'],
    ['sign-out-everywhere', true, 'done', 200, 'You are signed out.'],
    ['sign-out', false, 'kept', 202, 'You are signed out here.'],
    ['sign-out', false, new UpstreamUnavailable('away'), 503, 'Signing in is not available'],
  ])('carries out %s (everywhere: %s, %s)', async (action, everywhere, signOut, status, text) => {
    const scene = await startSignIn({ signOut });
    const response = await post(scene, { action });
    expect(response.status).toBe(status);
    expect(await response.text()).toContain(text);
    expect([scene.signOuts, scene.attempts]).toEqual([[everywhere], []]);
  });

  it.each([
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site' }],
    [{ 'sec-fetch-site': 'none' }],
    [{ 'sec-fetch-site': 'cross-site', origin: 'OWN' }],
    [{ origin: 'null' }],
    [{ origin: 'http://evil.test' }],
    [{ origin: 'OWN.evil.test' }],
    [{}],
  ])('refuses a form of another site: %o', async (headers: Record<string, string>) => {
    const scene = await startSignIn();
    const sent = {
      ...headers,
      ...(headers.origin && { origin: headers.origin.replace('OWN', scene.origin) }),
    };
    for (const action of ['sign-in', 'sign-out'])
      expect((await post(scene, { ...FORM, action }, { headers: sent })).status).toBe(403);
    expect([scene.attempts, scene.signOuts]).toEqual([[], []]);
  });

  it('accepts a form by its Origin from a browser that sends nothing else, behind TLS too', async () => {
    const scene = await startSignIn();
    for (const origin of [scene.origin, scene.origin.replace('http:', 'https:')])
      expect((await post(scene, FORM, { headers: { origin } })).status).toBe(303);
  });

  it.each([
    ['JSON', { 'content-type': 'application/json' }, '{}', 415],
    ['a multipart form', { 'content-type': 'multipart/form-data; boundary=x' }, '--x--', 415],
    ['plain text', { 'content-type': 'text/plain' }, 'username=a&password=b', 415],
    ['a compressed form', { 'content-encoding': 'gzip' }, 'x', 415],
    ['a long password', {}, `password=${'x'.repeat(4096)}`, 413],
  ])('refuses %s', async (_case, headers, body, status) => {
    const scene = await startSignIn();
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    const response = await fetch(`${scene.origin}/sign-in`, {
      method: 'POST',
      headers: { ...type, ...OWN, ...(headers as Record<string, string>) },
      body,
    });
    expect(response.status).toBe(status);
    expect(scene.attempts).toEqual([]);
  });
});

it('GraphiQL links to the account only if there is one', async () => {
  const pageOf = async ({ origin }: { origin: string }) =>
    (await fetch(`${origin}/graphql`, { headers: { accept: 'text/html' } })).text();
  expect(await pageOf(await startSignIn())).toContain('/sign-in?next=/graphql');
  expect(await pageOf(await startSignIn({}, undefined, { routes: [] }))).not.toContain('/sign-in');
});
