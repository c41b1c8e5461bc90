import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { sellerRecord, USERS } from '../support/catalog-api-mock.ts';
import { launchChromium, noChromium, openIsolatedPage } from '../support/chromium.ts';
import { startGateway } from '../support/gateway.ts';
import { type GraphiqlPage, openGraphiql } from '../support/graphiql-page.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

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
    let graphiql = await openGraphiql(page, origin, QUERY);
    await graphiql.run();
    await expect.poll(() => answerOf(graphiql)).toContain('"viewer":{"id":"anna"}');
    expect(await answerOf(graphiql)).toContain('"name":"Larch"');
    graphiql = await openGraphiql(page, origin, QUERY);
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
});
