import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, noChromium, openIsolatedPage } from '../../support/chromium.ts';
import { openGraphiql } from '../../support/graphiql-page.ts';
import { type FakeSignIn, startSignIn } from '../../support/sign-in.ts';

// A browser on a busy machine.
describe.skipIf(noChromium)('signing in with a browser', { timeout: 300_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  it('sends the form, returns to the page before, and signs out', async () => {
    const fake: Partial<FakeSignIn> = { outcome: { outcome: 'rejected' } };
    const scene = await startSignIn(fake);
    const { page, foreignRequests, errors } = await openIsolatedPage(browser, scene.origin);

    await page.goto(`${scene.origin}/sign-in?next=/docs`);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('username');
    await page.keyboard.type('anna');
    await page.keyboard.press('Tab');
    await page.keyboard.type('wrong & +ü');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('Wrong user name or password.').waitFor();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('password');

    fake.outcome = { outcome: 'accepted' };
    await page.getByLabel('Password').fill('anna-sandbox');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(`${scene.origin}/docs`);
    expect(scene.attempts.map(({ username, password }) => [username, password])).toEqual([
      ['anna', 'wrong & +ü'],
      ['anna', 'anna-sandbox'],
    ]);
    for (const headers of scene.headers)
      expect([headers.origin, headers['sec-fetch-site']]).toEqual([scene.origin, 'same-origin']);

    await page.goto(`${scene.origin}/sign-in`);
    await page.getByText('Signed in as Anna').waitFor();
    await page.getByRole('button', { name: 'Sign out everywhere' }).click();
    await page.getByRole('status').getByText('You are signed out.').waitFor();
    expect(scene.signOuts).toEqual([true]);
    expect(foreignRequests).toEqual([]);
    // The browser reports the 401 itself.
    expect(errors.filter((error) => !error.includes('401'))).toEqual([]);
  });

  it.each(['light', 'dark'] as const)(
    'shows both states within the width of a phone, %s',
    async (colorScheme) => {
      const scene = await startSignIn();
      const { page } = await openIsolatedPage(browser, scene.origin);
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width: 320, height: 640 });
      for (const signedIn of [false, true]) {
        if (signedIn) await page.context().addCookies([{ name: 'sid', value: '1', url: scene.origin }]);
        await page.goto(`${scene.origin}/sign-in`);
        const seen = await page.evaluate(() => ({
          width: document.documentElement.scrollWidth,
          background: getComputedStyle(document.body).backgroundColor,
        }));
        expect(seen).toEqual({
          width: 320,
          background: colorScheme === 'dark' ? 'rgb(16, 17, 19)' : 'rgb(244, 244, 241)',
        });
      }
    },
  );

  it('leads from GraphiQL to the account and back', async () => {
    const scene = await startSignIn();
    const { page } = await openIsolatedPage(browser, scene.origin);
    await openGraphiql(page, scene.origin);
    const header = page.locator('.graphiql-logo');
    const boxes = [];
    for (const part of [header.locator('span'), header.getByText('Docs'), header.getByText('Account')])
      boxes.push((await part.boundingBox()) ?? { x: Number.NaN, y: 0, width: 0, height: 0 });
    const [title, docs, account] = boxes.map(({ x, width }) => ({ left: x, right: x + width }));
    // None covers another, and all are in the window.
    expect(title?.right).toBeLessThan(docs?.left ?? 0);
    expect(docs?.right).toBeLessThan(account?.left ?? 0);
    expect(account?.right).toBeLessThan(1280);

    await header.getByText('Account').click();
    await page.getByLabel('User name').fill('anna');
    await page.getByLabel('Password').fill('anna-sandbox');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(`${scene.origin}/graphql`);
  });

  it('cannot be framed or posted to by another site', async () => {
    const scene = await startSignIn();
    const other = await startSignIn();
    const site = other.origin.replace('127.0.0.1', 'localhost');
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${site}/docs`);
    await page.setContent(
      `<form method="post" action="${scene.origin}/sign-in"><input name="username" value="mallory"><input name="password" value="x"><button>Go</button></form>`,
    );
    await page.getByRole('button').click();
    await page.getByText('Cross-site requests are not allowed.').waitFor();
    expect(scene.attempts).toEqual([]);
  });
});
