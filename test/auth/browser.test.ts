import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { sellerRecord, USERS } from '../support/catalog-api-mock.ts';
import { launchChromium, noChromium, openIsolatedPage } from '../support/chromium.ts';
import { startGateway } from '../support/gateway.ts';
import { type GraphiqlPage, openGraphiql } from '../support/graphiql-page.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';
import { startWebServer } from '../support/web-server.ts';

// A browser on a busy machine.
describe.skipIf(noChromium)('a browser in front of AUTH=required', { timeout: 300_000 }, () => {
  const mockUpstream = interceptUpstream();
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  async function open() {
    mockUpstream({ sellers: [sellerRecord({ id: 1, name: 'Larch' })] });
    const gateway = await startGateway({ AUTH: 'required', ADMIN_USERS: 'operator' });
    const opened = await openIsolatedPage(browser, gateway.origin);
    onTestFinished(() => opened.page.context().close());
    return { ...gateway, ...opened };
  }

  async function signIn(page: Page, username: string, password = USERS[username] ?? ''): Promise<void> {
    await page.getByLabel('User name').fill(username);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }

  const cookiesOf = async (context: BrowserContext) =>
    (await context.cookies()).map(({ name, httpOnly, sameSite }) => ({ name, httpOnly, sameSite }));

  const QUERY = `?query=${encodeURIComponent('{ viewer { id } sellers { items { name } } }')}`;
  const answerOf = async ({ answer }: GraphiqlPage) => (await answer.innerText()).replaceAll(/\s/g, '');

  it('signs in on the way to GraphiQL, stays signed in, and sees the sign-out of another tab', async () => {
    const { page, origin, foreignRequests, errors } = await open();
    await page.goto(`${origin}/graphql${QUERY}`);
    expect(new URL(page.url()).pathname).toBe('/sign-in');
    await signIn(page, 'anna', 'wrong');
    await page.getByRole('alert').getByText('Wrong user name or password.').waitFor();
    expect(await cookiesOf(page.context())).toEqual([]);
    await signIn(page, 'anna');
    // Back to the page with its query.
    await page.waitForURL(`${origin}/graphql${QUERY}`);
    expect(await cookiesOf(page.context())).toEqual([{ name: 'sid', httpOnly: true, sameSite: 'Lax' }]);
    expect(await page.evaluate(() => document.cookie)).toBe('');

    // Also after a reload.
    const graphiql = await openGraphiql(page, origin, QUERY);
    await graphiql.run();
    await expect.poll(() => answerOf(graphiql)).toContain('"viewer":{"id":"anna"}');
    expect(await answerOf(graphiql)).toContain('"name":"Larch"');
    // The introspection of GraphiQL is signed in too.
    await graphiql.showDocs();
    await graphiql.docs.getByText('Query', { exact: true }).first().waitFor();
    expect(errors.filter((error) => !error.includes('401'))).toEqual([]);

    const other = await page.context().newPage();
    await other.goto(`${origin}/sign-in`);
    await other.getByText('Signed in as anna').waitFor();
    await other.getByRole('button', { name: 'Sign out', exact: true }).click();
    await other.getByRole('status').getByText('You are signed out.').waitFor();
    expect(await cookiesOf(page.context())).toEqual([]);

    await graphiql.run();
    await expect.poll(() => answerOf(graphiql)).toContain('"code":"UNAUTHENTICATED"');
    expect(await answerOf(graphiql)).not.toContain('Larch');
    await page.goto(`${origin}/docs`);
    expect(page.url()).toBe(`${origin}/sign-in?next=%2Fdocs`);
    expect(foreignRequests).toEqual([]);
  });

  it('opens the observatory for an operator, and for no other user', async () => {
    const { page, origin, foreignRequests } = await open();
    await page.goto(`${origin}/observatory`);
    expect(page.url()).toBe(`${origin}/sign-in?next=%2Fobservatory`);
    await signIn(page, 'operator');
    await page.waitForURL(`${origin}/observatory`);
    await page.getByRole('link', { name: 'Account' }).click();
    await page.getByText('Signed in as operator').waitFor();
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByRole('status').waitFor();
    await signIn(page, 'ben');
    await page.getByText('Sign in as an operator.').waitFor();
    const stats = await page.evaluate(() => fetch('/admin/stats').then(({ status }) => status));
    expect(stats).toBe(401);
    expect(foreignRequests).toEqual([]);
  });

  it('lets a page of a listed origin sign in, ask and sign out with credentials, and no page of another one', async () => {
    mockUpstream({ sellers: [sellerRecord({ id: 1 })] });
    const pages = [];
    for (let count = 0; count < 2; count += 1)
      pages.push(
        await startWebServer((_request, response) =>
          response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><p>A front end</p>'),
        ),
      );
    const [listed, other] = pages.map(({ origin }) => origin) as [string, string];
    const gateway = await startGateway({ AUTH: 'required', CORS_ORIGINS: listed });
    const context = await browser.newContext();
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const send = (method: string, path: string, body?: object) =>
      page.evaluate(
        async ([url, verb, text]) => {
          const headers = { 'content-type': 'application/json' };
          const init = {
            method: verb,
            credentials: 'include',
            headers,
            ...(text && { body: text }),
          } as const;
          const response = await fetch(url, init).catch(() => null);
          return response && [response.status, await response.text()];
        },
        [`${gateway.origin}${path}`, method, body ? JSON.stringify(body) : ''] as const,
      );
    const query = { query: '{ viewer { id } }' };
    const credentials = { username: 'anna', password: USERS.anna };

    await page.goto(listed);
    expect(await send('POST', '/graphql', query)).toEqual([401, expect.stringContaining('UNAUTHENTICATED')]);
    expect(await send('POST', '/session', credentials)).toEqual([201, expect.any(String)]);
    expect(await send('POST', '/graphql', query)).toEqual([200, '{"data":{"viewer":{"id":"anna"}}}']);
    await page.goto(other);
    for (const [method, path, body] of [
      ['POST', '/graphql', query],
      ['POST', '/session', credentials],
      ['GET', '/session', undefined],
      ['DELETE', '/session', undefined],
    ] as const)
      expect([method, path, await send(method, path, body)]).toEqual([method, path, null]);
    await page.goto(listed);
    expect(await send('GET', '/session')).toEqual([200, expect.stringContaining('"anna"')]);
    expect(await send('DELETE', '/session')).toEqual([204, '']);
    expect(await send('GET', '/session')).toEqual([401, expect.stringContaining('UNAUTHENTICATED')]);
  });
});
