import { describe, expect, it, onTestFinished } from 'vitest';
import { createBrowserJar } from '../support/browser-jar.ts';
import { problem } from '../support/catalog-api-answers.ts';
import { sellerRecord } from '../support/catalog-api-mock.ts';
import { startGateway } from '../support/gateway.ts';
import { noRedis, startRedis } from '../support/redis.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();

const SELLERS = '{ sellers { totalItems } }';
const PAGE = { accept: 'text/html,*/*;q=0.8' };
const VIEWER = '{ viewer { id name signedInAt expiresAt } }';

async function start(variables: Record<string, string> = {}) {
  const upstream = mockUpstream({ sellers: [sellerRecord({ id: 1 })] });
  const gateway = await startGateway({ AUTH: 'required', ...variables });
  return { upstream, gateway, browser: createBrowserJar(gateway.origin) };
}

describe('a sign-in', () => {
  it('responds with the principal and cookies, by which later requests are known', async () => {
    const { browser } = await start();
    const response = await browser.signIn('Anna', 'password-of-anna');
    expect(response.status).toBe(201);
    expect(await response.json()).toEqual({
      ...{ id: 'anna', name: 'Anna', kind: 'user' },
      ...{ signedInAt: '2026-06-15T12:00:00.000Z', expiresAt: '2026-06-22T12:00:00.000Z' },
    });
    expect(response.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^sid=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Lax$/),
    ]);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await browser.data(VIEWER)).toEqual({
      data: {
        viewer: {
          ...{ id: 'anna', name: 'Anna' },
          ...{ signedInAt: '2026-06-15T12:00:00.000Z', expiresAt: '2026-06-22T12:00:00.000Z' },
        },
      },
    });
    expect((await browser.send('/session')).status).toBe(200);
  });

  it('with a wrong password gets 401 in one form, for a known user and an unknown one', async () => {
    const { browser } = await start();
    const answers = [
      await browser.signIn('anna', 'wrong'),
      await browser.signIn('nobody-of-that-name', 'wrong'),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(401);
      expect(await answer.json()).toEqual({
        errors: [{ message: 'Wrong user name or password.', extensions: { code: 'UNAUTHENTICATED' } }],
      });
    }
    expect(browser.cookies.size).toBe(0);
  });

  it('gives a new id each time, and ends the session that the browser had', async () => {
    const { browser } = await start();
    browser.cookies.set('sid', 'A'.repeat(43));
    await browser.signIn();
    const first = browser.at();
    expect(first.cookies.get('sid')).not.toBe('A'.repeat(43));
    await browser.signIn();
    expect(browser.cookies.get('sid')).not.toBe(first.cookies.get('sid'));
    expect((await first.send('/session')).status).toBe(401);
    expect((await browser.send('/session')).status).toBe(200);
  });
});

describe('attempts to sign in', () => {
  it('while the identity endpoint is away get 503, and do not count', async () => {
    const { browser, upstream } = await start();
    upstream.fail('POST /connect/token', () => problem(503));
    const { status, headers } = await browser.signIn();
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    upstream.recover('POST /connect/token');
    expect((await browser.signIn()).status).toBe(201);
  });
});

describe('a password of Basic beside the cookie', () => {
  // A browser sends it to all paths after the dialog of the observatory, and a proxy may forward its own.
  const headers = { authorization: `Basic ${Buffer.from('operator:of-a-proxy').toString('base64')}` };

  it('does not hide who signed in', async () => {
    const { browser } = await start();
    expect((await browser.ask(VIEWER, headers)).status).toBe(401);
    await browser.signIn();
    expect(await (await browser.ask('{ viewer { id } }', headers)).json()).toEqual({
      data: { viewer: { id: 'anna' } },
    });
    expect((await browser.send('/graphql', { headers: { ...headers, ...PAGE } })).status).toBe(200);
    expect((await browser.send('/session', { headers })).status).toBe(200);
  });

  it('does not hide an operator', async () => {
    const { browser, gateway } = await start({ ADMIN_USERS: 'anna', ADMIN_TOKEN: 'a-token-of-operators' });
    expect((await browser.send('/admin/stats', { headers })).status).toBe(401);
    await browser.signIn();
    const invalidate = 'mutation { invalidate(tags: ["sellers"]) { at } }';
    expect(await (await browser.ask(invalidate, headers)).json()).toMatchObject({ data: {} });
    expect((await browser.send('/admin/stats', { headers })).status).toBe(200);
    const refusals = gateway.events.filter(({ type }) => type === 'admin-refused');
    expect(refusals).toHaveLength(1);
  });

  it('but a bearer token does', async () => {
    const { browser } = await start({ ADMIN_USERS: 'anna' });
    await browser.signIn();
    for (const token of ['a.b.c', 'another-token']) {
      const authorization = `Bearer ${token}`;
      expect((await browser.ask(SELLERS, { authorization })).status).toBe(401);
      expect((await browser.send('/admin/stats', { headers: { authorization } })).status).toBe(401);
    }
  });
});

describe('the pages under AUTH=required', () => {
  it('send nobody to sign in, and are open to whoever did', async () => {
    const { browser } = await start();
    for (const path of ['/', '/graphql', '/docs', '/graphql?query={viewer{id}}']) {
      const { status, headers } = await browser.send(path, { headers: PAGE });
      expect([status, headers.get('location')]).toEqual([303, `/sign-in?next=${encodeURIComponent(path)}`]);
    }
    for (const path of ['/', '/docs']) {
      const { status, headers } = await browser.send(path);
      expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="catalog-gateway"']);
    }
    for (const path of ['/nothing', '/observatory', '/admin/stats'])
      expect((await browser.send(path, { headers: PAGE })).status).toBe(404);
    for (const path of ['/healthz', '/readyz', '/sign-in', '/sign-in/page.css'])
      expect((await browser.send(path)).status).toBe(200);
    await browser.signIn();
    expect((await browser.send('/', { headers: PAGE })).headers.get('location')).toBe('/graphql');
    for (const path of ['/graphql', '/docs'])
      expect((await browser.send(path, { headers: PAGE })).status).toBe(200);
  });

  it('are 401 without sessions, because there is no page to sign in', async () => {
    const { browser } = await start({
      AUTH_JWT_ISSUER: 'https://issuer.example',
      AUTH_JWT_AUDIENCE: 'catalog',
      AUTH_JWKS_URL: 'http://127.0.0.1:1/keys',
    });
    for (const path of ['/graphql', '/docs'])
      expect((await browser.send(path, { headers: PAGE })).status).toBe(401);
    for (const path of ['/session', '/sign-in']) expect((await browser.send(path)).status).toBe(404);
  });

  it.skipIf(noRedis)('are 503 for a session that cannot be verified', async () => {
    const redis = await startRedis();
    const { browser } = await start({
      REDIS_URL: redis.url,
      SESSION_SECRETS: 'secret-of-the-test-'.repeat(2),
    });
    await redis.kill();
    browser.cookies.set('sid', 'A'.repeat(43));
    for (const path of ['/docs', '/session', '/graphql?query={viewer{id}}']) {
      const { status, headers } = await browser.send(path);
      expect([path, status, headers.get('retry-after')]).toEqual([path, 503, '1']);
    }
    // The page to sign in says that it is not available now.
    expect((await browser.send('/sign-in')).status).toBe(503);
  });
});

describe('under AUTH=required', () => {
  it('GraphQL answers 401 without a session, and names a way to sign in', async () => {
    const { browser, upstream } = await start();
    const response = await browser.ask(SELLERS);
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({
      errors: [{ message: 'Sign in to use this API.', extensions: { code: 'UNAUTHENTICATED' } }],
    });
    expect(upstream.calls()).toBe(0);
  });

  it('a user who signed in gets the response, and nobody else does after the sign-out', async () => {
    const { browser } = await start();
    await browser.signIn();
    const thief = browser.at();
    expect(await browser.data(SELLERS)).toEqual({ data: { sellers: { totalItems: 1 } } });
    expect((await browser.signOut()).status).toBe(204);
    expect(browser.cookies.size).toBe(0);
    expect((await browser.ask(SELLERS)).status).toBe(401);
    expect((await thief.ask(SELLERS)).status).toBe(401);
  });
});

describe('a sign-out', () => {
  it('that waits for Redis is not done because it is sent again', async () => {
    mockUpstream();
    const redis = await startRedis();
    onTestFinished(() => redis.kill());
    const gateway = await startGateway({
      AUTH: 'required',
      REDIS_URL: redis.url,
      SESSION_SECRETS: 'x'.repeat(32),
    });
    const browser = createBrowserJar(gateway.origin);
    await browser.signIn();
    const copies = [browser.at(), browser.at(), browser.at()] as const;
    await redis.kill();
    expect((await copies[0].signOut()).status).toBe(202);
    expect((await copies[1].signOut()).status).toBe(202);
    expect((await copies[2].signOut(true)).status).toBe(202);
    expect((await browser.ask(VIEWER)).status).toBe(401);
  });

  it('everywhere of nobody is refused, as JSON and on the page', async () => {
    const { browser } = await start();
    await browser.signIn();
    const stale = browser.at();
    await browser.signOut();
    expect((await stale.signOut(true)).status).toBe(401);
    const page = await stale.send('/sign-in', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: stale.origin },
      body: 'action=sign-out-everywhere',
    });
    expect([page.status, page.headers.get('content-type')]).toEqual([401, 'text/html; charset=utf-8']);
  });
});
