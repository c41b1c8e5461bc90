import { globSync, readFileSync } from 'node:fs';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { buildPanels, installPanels, servePanels } from '../scripts/example/panels.ts';
import { sleep } from '../src/cache/index.ts';
import { openGateways } from './faults/gateways.ts';
import { problem } from './support/catalog-api-answers.ts';
import { catalogRecord, sellerRecord, USERS } from './support/catalog-api-mock.ts';
import { launchChromium, noChromium, openIsolatedPage } from './support/chromium.ts';
import { NOW, startGateway } from './support/gateway.ts';
import { noNginx, startScaleNginx } from './support/nginx.ts';
import { startProcess } from './support/process.ts';
import { freePort } from './support/redis.ts';
import { interceptUpstream } from './support/upstream-mock.ts';
import { startWebServer } from './support/web-server.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const dayAfter = (days: number) => new Date(NOW + days * DAY_MS).toISOString().slice(0, 19);

// Seller 7 has 25 catalogs from the past; each other seller has one, which opens that many days from now.
const SELLERS = Array.from({ length: 45 }, (_, index) =>
  sellerRecord({ id: index + 1, isActive: index % 3 !== 0, ...(index === 6 && { name: 'Łąrch & Søns' }) }),
);
const CATALOGS = [
  ...Array.from({ length: 25 }, (_, index) =>
    catalogRecord({
      id: 700 + index,
      title: `Clocks ${index + 1}`,
      sellerIds: [7],
      startDate: dayAfter(-index - 1),
    }),
  ),
  ...SELLERS.filter(({ id }) => id !== 7).map(({ id }) =>
    catalogRecord({ id: Number(id), sellerIds: [Number(id), 45], startDate: dayAfter(Number(id)) }),
  ),
];

describe.skipIf(noChromium)('The example of a front end', () => {
  const mockUpstream = interceptUpstream();
  let browser: Browser;
  beforeAll(async () => {
    installPanels();
    buildPanels();
    browser = await launchChromium();
  });
  // Before the mock of the upstream is removed: a gateway keeps what a page shows fresh.
  afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));
  afterAll(() => browser?.close());

  /** The page in front of a gateway whose upstream is mocked, at this address. */
  async function open(
    address = '/',
    upstream = mockUpstream({ sellers: SELLERS, catalogs: CATALOGS }),
    variables: Record<string, string> = {},
  ) {
    const gateway = await startGateway({ CACHE_TTL_FILTER: '60', ...variables });
    const server = await servePanels(gateway.origin, 0);
    onTestFinished(() => server.close());
    const { page, ...watched } = await openIsolatedPage(browser, server.origin);
    await page.clock.setFixedTime(NOW);
    await page.goto(server.origin + address);
    const panel = (name: string) => page.locator(`#${name}`);
    return {
      upstream,
      gateway,
      server,
      page,
      ...watched,
      sellers: panel('sellers'),
      catalogs: panel('catalogs'),
      upcoming: panel('upcoming'),
    };
  }

  const rowsOf = (panel: Locator) => panel.locator('tbody tr');
  const firstCells = (panel: Locator) => panel.locator('tbody td:first-child').allInnerTexts();
  const sourceOf = (page: Page, operation: string) => page.locator('.sources li', { hasText: operation });

  it('searches sellers as you type, without regard to case and diacritics', async () => {
    const { page, sellers, upstream } = await open();
    await sellers.getByText('45 found').waitFor();
    await sellers.getByRole('searchbox').pressSequentially('larch');
    await sellers.getByRole('status').getByText('1 found').waitFor();
    expect(await firstCells(sellers)).toEqual(['Łąrch & Søns']);
    // A slow machine may have asked for a part of the word first.
    await page.waitForURL((url) => url.searchParams.get('sellers.search') === 'larch');
    await sellers.getByRole('searchbox').fill('no such seller');
    await sellers.getByText('None found').waitFor();
    expect(upstream.calls('GET /Seller')).toBe(1);
  });

  it('sorts and pages, and a reload shows the same', async () => {
    const { page, sellers } = await open();
    await sellers.getByRole('button', { name: 'Number' }).click();
    await sellers.getByRole('button', { name: 'Number' }).click();
    await sellers
      .getByRole('columnheader', { name: 'Number' })
      .and(page.locator('[aria-sort=descending]'))
      .waitFor();
    await expect.poll(() => firstCells(sellers)).toContain('Seller 45');
    await sellers.getByRole('button', { name: 'Next' }).click();
    await sellers.getByText('Page 2 of 3').waitFor();
    await expect.poll(async () => (await firstCells(sellers))[0]).toBe('Seller 25');
    await page.reload();
    await sellers.getByText('Page 2 of 3').waitFor();
    expect((await firstCells(sellers))[0]).toBe('Seller 25');
  });

  it('goes back over a whole search, and forward again', async () => {
    const { page, sellers } = await open();
    await sellers.getByText('45 found').waitFor();
    await sellers.getByRole('searchbox').fill('seller');
    await sellers.getByText('44 found').waitFor();
    await sellers.getByRole('searchbox').fill('seller 4');
    await sellers.getByText('7 found').waitFor();
    await page.goBack();
    await sellers.getByText('45 found').waitFor();
    expect(await sellers.getByRole('searchbox').inputValue()).toBe('');
    await page.goForward();
    await sellers.getByText('7 found').waitFor();
    expect(await sellers.getByRole('searchbox').inputValue()).toBe('seller 4');
  });

  it('shows the response to the newest search, although an older one comes later', async () => {
    // A live response could come before the response that the test holds back.
    const { page, sellers } = await open('/', undefined, { LIVE_MAX: '0' });
    await sellers.getByText('45 found').waitFor();
    const release = Promise.withResolvers<void>();
    await page.route('**/graphql', async (route) => {
      if (route.request().postDataJSON().variables.search === 'seller 1') await release.promise;
      await route.continue().catch(() => {});
    });
    const sent = page.waitForRequest((request) => request.postDataJSON()?.variables.search === 'seller 1');
    await sellers.getByRole('searchbox').fill('seller 1');
    const older = await sent;
    // The earlier rows stay meanwhile.
    expect(await sellers.getAttribute('aria-busy')).toBe('true');
    expect(await rowsOf(sellers).count()).toBe(20);
    await sellers.getByRole('searchbox').fill('larch');
    await sellers.getByText('1 found').waitFor();
    release.resolve();
    // The page may have aborted the older request.
    await older.response().catch(() => null);
    expect(await firstCells(sellers)).toEqual(['Łąrch & Søns']);
  });

  it('shows active sellers only', async () => {
    const { page, sellers, upstream } = await open('/?sellers.page=2');
    await sellers.getByText('45 found').waitFor();
    await sellers.getByLabel('Active only').check();
    await sellers.getByText('30 found').waitFor();
    await sellers.getByText('Page 1 of 2').waitFor();
    expect(await sellers.locator('tbody td:last-child').allInnerTexts()).not.toContain('no');
    const calls = upstream.calls('GET /Seller');
    await sellers.getByRole('searchbox').fill('larch');
    await expect.poll(() => rowsOf(sellers).count()).toBeLessThan(2);
    // The filtered list comes from the cache.
    expect(upstream.calls('GET /Seller')).toBe(calls);
    await page.goBack();
    await sellers.getByText('30 found').waitFor();
  });

  it('opens a seller, and searches, sorts and pages its catalogs', async () => {
    const { page, sellers, catalogs } = await open();
    await sellers.getByRole('link', { name: 'Łąrch & Søns' }).click();
    await catalogs.getByRole('heading', { name: 'Łąrch & Søns' }).waitFor();
    await catalogs.getByText('25 found').waitFor();
    expect(await sellers.locator('[aria-current]').innerText()).toContain('Łąrch');
    await catalogs.getByRole('button', { name: 'Title' }).click();
    await expect.poll(() => firstCells(catalogs)).toContain('Clocks 20');
    expect((await firstCells(catalogs)).slice(0, 3)).toEqual(['Clocks 1', 'Clocks 2', 'Clocks 3']);
    await catalogs.getByRole('button', { name: 'Next' }).click();
    await expect.poll(async () => (await firstCells(catalogs))[0]).toBe('Clocks 21');
    await catalogs.getByRole('searchbox').fill('clocks 13');
    await catalogs.getByText('1 found').waitFor();
    await page.reload();
    await catalogs.getByText('1 found').waitFor();
    expect(await firstCells(catalogs)).toEqual(['Clocks 13']);
    // Nothing has changed, although the page shows something else.
    await sellers.getByRole('link', { name: 'Seller 2' }).first().click();
    await catalogs.getByRole('heading', { name: 'Seller 2' }).waitFor();
    await page.goBack();
    await catalogs.getByText('1 found').waitFor();
    expect(await page.getByText('Changed at').count()).toBe(0);
  });

  it('shows what opens in a range of days across all sellers, with the sellers of each catalog', async () => {
    const { page, catalogs, upcoming } = await open();
    await upcoming.getByText('6 found').waitFor();
    expect((await firstCells(upcoming))[0]).toBe('Catalog 1\nSeller 1, Seller 45');
    await upcoming.getByRole('button', { name: 'Next 30 days' }).click();
    await upcoming.getByText('28 found').waitFor();
    await upcoming.getByRole('button', { name: 'Dates' }).click();
    await upcoming.getByLabel('from').fill('2026-06-25');
    await upcoming.getByLabel('to').fill('2026-06-26');
    await upcoming.getByText('2 found').waitFor();
    await page.reload();
    await upcoming.getByText('2 found').waitFor();
    await upcoming.getByRole('link', { name: 'Seller 10' }).click();
    await catalogs.getByRole('heading', { name: 'Seller 10' }).waitFor();
  });

  it('names the bounds of a range that ends before it starts', async () => {
    const { upcoming } = await open('/?range=custom&from=2026-07-02&to=2026-06-01');
    await upcoming.getByRole('alert').getByText('from').waitFor();
  });

  it('can be used by the keyboard', async () => {
    const { page, sellers, catalogs } = await open();
    await sellers.getByText('45 found').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('seller 2');
    await sellers.getByText('11 found').waitFor();
    await page.keyboard.press('Escape');
    await sellers.getByText('45 found').waitFor();
    await sellers.getByRole('link').first().focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    const focused = sellers.locator(':focus');
    expect(await focused.innerText()).toBe('Seller 2');
    expect(await focused.evaluate((link) => getComputedStyle(link).outlineStyle)).toBe('solid');
    await page.keyboard.press('Enter');
    await catalogs.getByRole('heading', { name: 'Seller 2' }).waitFor();
    // The rows are one stop: the next is the pages.
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').innerText()).toBe('Next');
  });

  it.each<[string, BrowserContextOptions['colorScheme']]>([
    ['light', 'light'],
    ['dark', 'dark'],
  ])('fits a phone without horizontal scrolling, in %s', async (name, colorScheme) => {
    const { page, catalogs, upcoming } = await open('/?seller=7');
    await page.emulateMedia({ colorScheme: colorScheme ?? null });
    await page.setViewportSize({ width: 360, height: 740 });
    await catalogs.getByText('25 found').waitFor();
    await upcoming.getByText('6 found').waitFor();
    const { width, red } = await page.evaluate(() => ({
      width: document.documentElement.scrollWidth,
      red: Number(/\d+/.exec(getComputedStyle(document.documentElement).backgroundColor)?.[0]),
    }));
    expect(width).toBe(360);
    expect(red > 127 ? 'light' : 'dark').toBe(name);
  });

  it('shows a seller whose catalogs cannot be loaded, and the catalogs once they can be', async () => {
    const upstream = mockUpstream({ sellers: SELLERS, catalogs: CATALOGS });
    upstream.fail('GET /Catalog', ({ url }) =>
      url.searchParams.getAll('SellerIds').includes('7') ? problem(500) : undefined,
    );
    const { gateway, catalogs, upcoming } = await open(
      '/?seller=7&range=custom&from=2026-07-02&to=2026-06-01',
      upstream,
    );
    // The catalogs of all sellers are loaded without those of the one that failed a moment ago.
    await catalogs.getByRole('alert').waitFor();
    await upcoming.getByRole('button', { name: 'Next 7 days' }).click();
    await upcoming.getByText('The catalogs of 1 of 45 sellers could not be loaded.').waitFor();
    expect(await rowsOf(upcoming).count()).toBe(6);
    await catalogs.getByRole('heading', { name: 'Łąrch & Søns' }).waitFor();
    await catalogs.getByRole('alert').getByRole('button', { name: 'Try again' }).click();
    await catalogs.getByRole('alert').waitFor();
    upstream.recover('GET /Catalog');
    // Past the pause after a failed load. The live response mends itself.
    gateway.clock.ms += 60_000;
    await catalogs.getByText('25 found').waitFor();
    expect(await catalogs.getByRole('alert').count()).toBe(0);
  });

  it('shows stale data while the upstream is away, and its own last data while the gateway is away', async () => {
    const { page, upstream, gateway, server, sellers, errors } = await open();
    await sellers.getByText('45 found').waitFor();
    upstream.fail('GET /Seller', () => problem(503));
    gateway.clock.ms += 20 * 60_000;
    await page.reload();
    await sellers.getByText('45 found').waitFor();
    await expect.poll(() => sourceOf(page, 'Sellers').innerText()).toContain('1200 s old');
    expect(await sellers.getByRole('alert').count()).toBe(0);
    expect(errors).toEqual([]);

    await server.close();
    await sellers.getByRole('button', { name: 'Next' }).click();
    await sellers.getByRole('alert').getByText('The gateway does not answer.').waitFor();
    await page.goBack();
    await sellers.getByText('Not everything here is complete and up to date.').waitFor();
    expect(await rowsOf(sellers).count()).toBe(20);
  });

  it('asks for a sign-in if the gateway does, and again once the session has ended in another tab', async () => {
    const upstream = mockUpstream({ sellers: SELLERS, catalogs: CATALOGS });
    const { page, sellers, server } = await open('/?sellers.page=2', upstream, { AUTH: 'required' });
    const signIn = async (password: string) => {
      await page.getByPlaceholder('User name').fill('Anna');
      await page.getByPlaceholder('Password').fill(password);
      await page.getByRole('button', { name: 'Sign in' }).click();
    };
    await signIn('wrong');
    await page.getByRole('alert').getByText('Wrong user name or password.').waitFor();
    expect(upstream.calls('GET /Seller')).toBe(0);
    await signIn(USERS.anna ?? '');
    await page.getByText('Anna').waitFor();
    await sellers.getByText('Page 2 of 3').waitFor();
    await page.reload();
    await page.getByText('Anna').waitFor();
    // Scripts do not see the cookies.
    expect(await page.evaluate(() => document.cookie)).toBe('');

    const other = await page.context().newPage();
    await other.goto(server.origin);
    await other.getByRole('button', { name: 'Sign out' }).click();
    await other.getByRole('button', { name: 'Sign in' }).waitFor();
    // The gateway ends the live responses of the session.
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(await page.getByText('Seller 1').count()).toBe(0);
    await signIn(USERS.anna ?? '');
    await sellers.getByText('Page 2 of 3').waitFor();
  });

  it('shows neither a form nor an account if nobody signs in', async () => {
    const { page, sellers } = await open();
    // Also for a moment.
    await page.addInitScript(() => {
      new MutationObserver(() => {
        if (document.querySelector('form')) document.title = 'a form was shown';
      }).observe(document, { childList: true, subtree: true });
    });
    await page.reload();
    await sellers.getByText('45 found').waitFor();
    expect(await page.title()).toBe('Sellers and catalogs');
    expect(await page.getByRole('button', { name: 'Sign out' }).count()).toBe(0);
    expect(await page.locator('.sources').innerText()).not.toContain('Viewer');
  });

  it('shows where a response came from, and requests nothing from other hosts', async () => {
    const { page, server, sellers, foreignRequests, errors } = await open();
    await sellers.getByText('45 found').waitFor();
    // Without an answer to its WebSocket, the page asks by request alone. A live response could ask first.
    await page.routeWebSocket('**/graphql', () => {});
    await page.goto(`${server.origin}/?sellers.page=2`);
    await sellers.getByText('Page 2 of 3').waitFor();
    expect(await sourceOf(page, 'Sellers').innerText()).toMatch(/miss 0 s old, \d+ ms/);
    await page.reload();
    await sellers.getByText('Page 2 of 3').waitFor();
    expect(await sourceOf(page, 'Sellers').innerText()).toMatch(/hit 0 s old, \d+ ms/);
    expect(foreignRequests).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('asks from time to time if it cannot be live, says so, and marks what has changed', async () => {
    const upstream = mockUpstream({ sellers: SELLERS.slice(), catalogs: CATALOGS });
    const { page, sellers, gateway } = await open('/', upstream, { LIVE_MAX: '0' });
    await page.getByText('Not live: asks every 10 s.').waitFor();
    await sellers.getByText('45 found').waitFor();
    upstream.sellers[0] = sellerRecord({ id: 1, name: 'Larch & Daughters' });
    gateway.clock.ms += 20 * 60_000;
    await page.clock.fastForward(10_000);
    await sellers.getByText(/Changed.*Larch & Daughters/).waitFor();
    expect(await sellers.getByText('not live').count()).toBe(1);
  });

  it.skipIf(noNginx)(
    'shows each change in two tabs, and what has changed while it was offline or its gateway was killed or stopped',
    async () => {
      const HOOK_SECRETS = 'a-secret-of-the-sandbox';
      const ports = [await freePort(), await freePort()];
      // Without a common Redis, each gateway gets the webhooks.
      const { sandbox, start } = await openGateways(0, {
        urls: ports.map((port) => `http://127.0.0.1:${port}/hooks/catalog`),
        ...{ secret: HOOK_SECRETS, sleep: (ms) => sleep(Math.min(ms, 250)), report: () => {} },
      });
      sandbox.configure({ sellers: 20, maxCatalogs: 3 });
      const startAt = (port: number) => start({ PORT: String(port), HOOK_SECRETS });
      const gateways = await Promise.all(ports.map(startAt));
      const nginx = await startScaleNginx(ports);
      const server = await servePanels(nginx.origin, 0);
      onTestFinished(() => server.close());
      const context = await browser.newContext();
      context.setDefaultTimeout(60_000);
      const tabs = await Promise.all([context.newPage(), context.newPage()]);
      for (const tab of tabs) {
        await tab.addInitScript(recordMarks);
        await tab.goto(`${server.origin}/?seller=3`);
      }
      const inTabs = (check: (tab: Page) => Promise<unknown>) => Promise.all(tabs.map(check));
      const liveInTabs = () => inTabs((tab) => expect.poll(() => tab.locator('p.live').count()).toBe(3));
      const isShown = (panel: string, name: string) => (tab: Page) =>
        tab
          .locator(`#${panel}`)
          .getByText(new RegExp(`Changed.*${name}`))
          .waitFor();

      await inTabs((tab) => tab.locator('#sellers tbody tr').first().waitFor());
      await liveInTabs();
      expect(await tabs[0]?.evaluate('marks')).toEqual([]);
      sandbox.changeSeller(3, { name: 'Larch & Daughters' });
      await inTabs(isShown('sellers', 'Larch & Daughters'));
      await inTabs((tab) => tab.getByRole('heading', { name: 'Larch & Daughters' }).waitFor());
      const startDate = `${new Date(Date.now() + DAY_MS).toISOString().slice(0, 10)}T00:00:00`;
      sandbox.changeCatalog(2_000_000_000, { title: 'Clocks & Watches', startDate, sellerIds: [3] });
      await inTabs(isShown('catalogs', 'Clocks & Watches'));
      await inTabs(isShown('upcoming', 'Clocks & Watches'));
      await inTabs(async (tab) => {
        expect(await tab.evaluate('marks')).toContain('sellers: Larch & Daughters');
        expect(await tab.evaluate('marks')).toContain('catalogs: Clocks & Watches');
      });

      await context.setOffline(true);
      await inTabs((tab) => tab.getByText('Offline.').waitFor());
      sandbox.changeSeller(3, { name: 'Offline & Back' });
      await context.setOffline(false);
      await inTabs(isShown('sellers', 'Offline & Back'));
      await liveInTabs();

      // Each tab is connected to one of them.
      for (const [index, gateway] of gateways.entries()) {
        await (index === 0 ? gateway.kill() : gateway.terminate());
        sandbox.changeSeller(3, { name: `Takeover ${index}` });
        await inTabs(isShown('sellers', `Takeover ${index}`));
        await liveInTabs();
        gateways[index] = await startAt(ports[index] ?? 0);
      }
    },
  );
});

/** Runs in the page. Keeps the panel and the text of each cell that is marked. */
function recordMarks(): void {
  const marks: string[] = [];
  Object.assign(window, { marks });
  const { animate } = Element.prototype;
  Element.prototype.animate = function (...options) {
    marks.push(`${this.closest('section')?.id}: ${(this as HTMLElement).innerText}`);
    return animate.apply(this, options);
  };
}

describe('The source of the example', () => {
  it('has at most 850 lines, without generated files', () => {
    const files = globSync('examples/panels/{*,src/*}.{ts,tsx,css,html}');
    const lines = files.map((file) => readFileSync(file, 'utf8').trimEnd().split('\n').length);
    expect(files).toContain('examples/panels/src/app.tsx');
    expect(lines.reduce((sum, count) => sum + count)).toBeLessThanOrEqual(850);
  });
});

describe('npm run example', () => {
  const run = (variables: Record<string, string> = {}, port = '0') =>
    startProcess('scripts/example.ts', { PATH: process.env.PATH ?? '', PORT: '0', ...variables }, [
      '--port',
      port,
    ]);

  it('serves the page and passes /graphql on to a gateway with the sandbox, until SIGTERM', async () => {
    const example = run();
    const [origin] = /http:\S+(?=,)/.exec(await example.wrote('Panels at')) ?? [];
    const page = await fetch(`${origin}/?seller=3`);
    expect(await page.text()).toContain('<script type="module"');
    const response = await fetch(`${origin}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ sellers { totalItems } }' }),
    });
    expect(await response.json()).toEqual({ data: { sellers: { totalItems: 412 } } });
    example.signal('SIGTERM');
    expect(await example.ended()).toMatchObject({ code: 0 });
    await expect(fetch(`${origin}/`)).rejects.toThrow();
  });

  it('names a user of the sandbox if the gateway asks for a sign-in, and passes /session on to it', async () => {
    const example = run({ AUTH: 'required' });
    const text = await example.wrote('Panels at');
    const [, origin, username, password] = /(http:\S+),.*sign in as (\S+) \/ (\S+);/.exec(text) ?? [];
    const response = await fetch(`${origin}/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username, password }),
    });
    expect(response.status).toBe(201);
    // The page has the cookies of loopback: the proxy keeps the Host header.
    expect(response.headers.getSetCookie()[0]).toMatch(/^sid=/);
    example.signal('SIGTERM');
    await example.ended();
  });

  it('does not start on a port that is in use, and names it', async () => {
    const { origin } = await startWebServer((_request, response) => response.end());
    const { port } = new URL(origin);
    const page = await run({}, port).ended();
    const gateway = await run({ PORT: port }).ended();
    expect(page).toMatchObject({
      code: 1,
      stderr: `the example cannot start: Port ${port} is already in use\n`,
    });
    expect(gateway).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`port ${port} is already in use`),
    });
  });
});
