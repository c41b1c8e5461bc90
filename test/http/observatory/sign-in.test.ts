import { describe, expect, it, onTestFinished } from 'vitest';
import { createBrowserJar } from '../../support/browser-jar.ts';
import { launchChromium, noChromium, openIsolatedPage } from '../../support/chromium.ts';
import { startGateway } from '../../support/gateway.ts';
import { noRedis, startRedis } from '../../support/redis.ts';
import { interceptUpstream } from '../../support/upstream-mock.ts';

const mockUpstream = interceptUpstream();

const ADMIN_TOKEN = 'a-token-for-operators';
const PAGE = { headers: { accept: 'text/html,*/*;q=0.8', 'sec-fetch-mode': 'navigate' } };

async function start(variables: Record<string, string>) {
  mockUpstream();
  const gateway = await startGateway({ OBSERVATORY: 'true', ...variables });
  return { gateway, browser: createBrowserJar(gateway.origin) };
}

describe('the observatory for users who sign in', () => {
  it('sends nobody to the page to sign in, and opens for an operator who comes back', async () => {
    const { browser } = await start({ AUTH: 'optional', ADMIN_USERS: 'operator', ADMIN_TOKEN });
    for (const path of ['/observatory', '/observatory?from=a-bookmark']) {
      const { status, headers } = await browser.send(path, PAGE);
      expect([status, headers.get('location'), headers.get('cache-control')]).toEqual([
        ...[303, `/sign-in?next=${encodeURIComponent(path)}`],
        'no-store',
      ]);
    }
    await browser.signIn('operator');
    const opened = await browser.send('/observatory', PAGE);
    expect([opened.status, await opened.text()]).toEqual([
      200,
      expect.stringContaining('<a href="/sign-in?next=/observatory">Account</a>'),
    ]);
    for (const path of ['/observatory/main.js', '/admin/stats'])
      expect((await browser.send(path)).status).toBe(200);
  });

  it('refuses a user who is no operator, and sends neither scripts nor a wrong token elsewhere', async () => {
    const { browser } = await start({ AUTH: 'optional', ADMIN_USERS: 'operator', ADMIN_TOKEN });
    const script = await browser.send('/admin/stats', { headers: { accept: '*/*' } });
    expect([script.status, script.headers.has('location')]).toEqual([401, false]);
    const authorization = `Basic ${Buffer.from('anybody:another').toString('base64')}`;
    const wrong = await browser.send('/observatory', { headers: { ...PAGE.headers, authorization } });
    expect([wrong.status, wrong.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringMatching(/^Basic /),
    ]);
    await browser.signIn('anna');
    const refused = await browser.send('/observatory', PAGE);
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringMatching(/^Basic /),
    ]);
    await browser.signOut();
    expect((await browser.send('/observatory', PAGE)).status).toBe(303);
  });

  it('asks for the admin token alone without ADMIN_USERS', async () => {
    const { browser } = await start({ AUTH: 'optional', ADMIN_TOKEN });
    const { status, headers } = await browser.send('/observatory', PAGE);
    expect([status, headers.get('www-authenticate')]).toEqual([401, expect.stringMatching(/^Basic /)]);
  });

  it('is served for users alone without ADMIN_TOKEN', async () => {
    const { browser } = await start({ AUTH: 'required', ADMIN_USERS: 'operator' });
    await browser.signIn('operator');
    expect((await browser.send('/observatory', PAGE)).status).toBe(200);
    await browser.signOut();
    const withToken = await browser.send('/admin/stats', {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    expect(withToken.status).toBe(401);
    // A dialog for a password would accept none.
    await browser.signIn('anna');
    const refused = await browser.send('/observatory', PAGE);
    expect([refused.status, refused.headers.get('www-authenticate'), await refused.json()]).toEqual([
      401,
      'Bearer realm="catalog-gateway"',
      { errors: [{ message: 'Sign in as an operator.', extensions: { code: 'UNAUTHENTICATED' } }] },
    ]);
  });

  it.skipIf(noChromium)('shows its figures to an operator who signs in with a browser', async () => {
    const { gateway } = await start({ AUTH: 'required', ADMIN_USERS: 'operator' });
    const browser = await launchChromium();
    onTestFinished(() => browser.close());
    const { page, foreignRequests, errors } = await openIsolatedPage(browser, gateway.origin);
    await page.goto(`${gateway.origin}/observatory`);
    await page.getByLabel('User name').fill('operator');
    await page.getByLabel('Password').fill('password-of-operator');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(`${gateway.origin}/observatory`);
    await page.getByRole('status').getByText('Live').waitFor();
    const panel = page.getByRole('region', { name: 'Sign-in' });
    await panel.getByText('Memory', { exact: true }).waitFor();
    await panel.getByText('no sign-outs kept').waitFor();
    expect([foreignRequests, errors]).toEqual([[], []]);
    await createBrowserJar(gateway.origin).signIn('anna');
    await panel.locator('.figure').first().getByText('2', { exact: true }).waitFor();
    await page.context().clearCookies();
    await page.getByRole('button', { name: 'Sign in again' }).click();
    await page.waitForURL(`${gateway.origin}/sign-in?next=%2Fobservatory`);
  });

  it.skipIf(noRedis)('responds with 503, and no dialog, to a session that cannot be verified', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.kill());
    const { browser } = await start({
      ...{ AUTH: 'required', ADMIN_USERS: 'operator', REDIS_BUDGET_MS: '200' },
      ...{ SESSION_REDIS_URL: redis.url, SESSION_SECRETS: 'a-secret-of-at-least-32-characters' },
    });
    browser.cookies.set('sid', 'A'.repeat(43));
    await redis.stop();
    for (const path of ['/observatory', '/observatory/main.js', '/admin/stats']) {
      const { status, headers } = await browser.send(path, PAGE);
      expect([path, status, headers.get('retry-after'), headers.has('www-authenticate')]).toEqual([
        path,
        ...[503, '1', false],
      ]);
    }
    // A person gets the page to sign in, which tells that this is not available.
    const docs = await browser.send('/docs');
    expect([docs.status, docs.headers.get('retry-after')]).toEqual([503, '1']);
    expect((await browser.send('/docs', PAGE)).headers.get('location')).toBe('/sign-in?next=%2Fdocs');
    expect((await browser.send('/sign-in?next=/docs', PAGE)).status).toBe(503);
  });
});
