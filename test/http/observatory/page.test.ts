import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InvalidationNotAcknowledged } from '../../../src/domain/errors.ts';
import { launchChromium, noChromium } from '../../support/chromium.ts';
import { metricsOf } from '../../support/metrics.ts';
import { openObservatory, startObservatory } from '../../support/observatory-page.ts';

const tile = (page: Page, name: string) =>
  page.locator('#tiles > div', { has: page.getByRole('term').getByText(name, { exact: true }) });

/** What a gateway with sign-in observes before anybody has signed in. */
function observedAuth() {
  const state = { isOn: true, sessions: { known: 0, pending: 0 }, store: 'off' } as const;
  const { auth } = metricsOf([], { auth: () => state }).metrics.snapshot();
  if (!auth) throw new Error('nothing is observed');
  return auth;
}

/** What a gateway with live responses observes before anybody follows one. */
function observedLive() {
  const { live } = metricsOf([], { live: () => ({ questions: 0, sockets: 0 }) }).metrics.snapshot();
  if (!live) throw new Error('nothing is observed');
  return live;
}

// Each test opens a page in a browser, perhaps on a busy machine.
describe.skipIf(noChromium)('the observatory in a browser', { timeout: 300_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  async function open(options: Parameters<typeof startObservatory>[0] = {}) {
    const gateway = await startObservatory(options);
    return { gateway, ...(await openObservatory(browser, gateway.origin)) };
  }

  it('explains itself without traffic', async () => {
    const { page } = await open();
    await page.getByText('No traffic yet. Send a query to see it here.').first().waitFor();
    await page.getByText('No keys requested recently.').waitFor();
    await page.getByText('No lookups yet.').waitFor();
    await page.getByText('No invalidations since this process started.').waitFor();
    await tile(page, 'Hit rate').getByText('no lookups yet').waitFor();
  });

  it('shows a change within a second', async () => {
    const { page, gateway } = await open();
    const { observation } = gateway;
    Object.assign(observation, {
      at: observation.at + 1000,
      requests: { ...observation.requests, hit: 30, miss: 10 },
      durations: { ...observation.durations, counts: [40, 0, 0, 0, 0] },
      lookups: { catalogs: { memory: 60, redis: 20, stale: 2, miss: 20, coalesced: 0 } },
      upstream: { ...observation.upstream, calls: 25, avoided: 75 },
      redis: 'down',
      breakersOpen: 1,
      invalidations: [
        {
          at: observation.at,
          source: 'webhook',
          tags: ['seller:42', 'sellers'],
          tagCount: 9,
          known: 6,
          acknowledged: true,
          durationMs: 2,
        },
      ],
    });
    await tile(page, 'Hit rate').getByText('80.0 %', { exact: true }).waitFor();
    await tile(page, 'Requests a second').getByText('40', { exact: true }).waitFor();
    await tile(page, 'Latency, p95').getByText('950 µs', { exact: true }).waitFor();
    await tile(page, 'Upstream calls saved').getByText('75.0 %', { exact: true }).waitFor();
    await page.getByRole('img', { name: 'Hit rate by tier: loaded 20.0 %' }).waitFor();
    await page.getByText('Redis is down').waitFor();
    await page.getByText('1 breaker open').waitFor();
    await page.getByRole('row', { name: 'webhook seller:42 sellers and 7 more 6 of 9 tags' }).waitFor();
  });

  it('shows who signed in and who was refused, only where clients sign in', async () => {
    const panelOf = (page: Page) => page.getByRole('region', { name: 'Sign-in' });
    expect(await panelOf((await open()).page).count()).toBe(0);
    const gateway = await startObservatory();
    const { observation } = gateway;
    const before = observedAuth();
    observation.auth = before;
    const { page } = await openObservatory(browser, gateway.origin);
    const texts = () => panelOf(page).locator('#sign-in-tiles > div').allInnerTexts();
    await expect.poll(texts, { timeout: 60_000 }).toContainEqual('Verification, p95\n–\nnone in ten minutes');
    const { upperBoundsSeconds, counts } = before.verificationDurations;
    Object.assign(observation, {
      at: observation.at + 1000,
      auth: {
        ...{ sessions: { known: 12, pending: 2 }, store: 'down', evictable: true, keySet: 'down' },
        signIns: { accepted: 5, rejected: 3, limited: 1, unavailable: 2 },
        signOuts: { done: 0, kept: 2 },
        limited: { hit: 3, execution: 4 },
        refused: { unauthenticated: 6, unavailable: 1 },
        verifications: { live: 30, absent: 0, grace: 10, unavailable: 0 },
        verificationDurations: { upperBoundsSeconds, counts: [0, 40, ...counts.slice(2)] },
        tokens: { verified: 1, rejected: 4 },
      },
    });
    await expect
      .poll(texts, { timeout: 60_000 })
      .toEqual([
        'Sessions\n12\n2 sign-outs kept',
        'Sign-ins\n5\n4 rejected, 2 not checked',
        'Refused requests\n7\n4 invalid tokens, 1 not verified',
        'Over a limit\n8\n7 requests, 1 sign-in',
        'Verification, p95\n488 µs\np50 375 µs, 10 by grace',
        'Session store\nDown\nRedis does not reply, may evict sessions, key set not fetched',
      ]);
  });

  it('shows who follows live responses and how late changes are, only with live responses', async () => {
    const panelOf = (page: Page) => page.getByRole('region', { name: 'Live responses' });
    expect(await panelOf((await open()).page).count()).toBe(0);
    const gateway = await startObservatory();
    const { observation } = gateway;
    const before = observedLive();
    observation.live = before;
    const { page } = await openObservatory(browser, gateway.origin);
    const texts = () => panelOf(page).locator('#live-tiles > div').allInnerTexts();
    await expect.poll(texts, { timeout: 60_000 }).toContainEqual('Lateness, p95\n–\nnone in ten minutes');
    const { upperBoundsSeconds, counts } = before.lateness;
    Object.assign(observation, {
      at: observation.at + 1000,
      live: {
        ...{ subscribers: { sse: 250, websocket: 50 }, questions: 12 },
        renewals: { changed: 5, unchanged: 2, failed: 1 },
        frames: { sent: 110, waiting: 10, replaced: 4, unchanged: 30 },
        refused: { process: 2, client: 3, stopping: 1 },
        lateness: { upperBoundsSeconds, counts: [0, 4, ...counts.slice(2)] },
      },
    });
    await expect
      .poll(texts, { timeout: 60_000 })
      .toEqual([
        'Subscribers\n300\n250 by event stream, 50 by WebSocket',
        'Live questions\n12\n25 subscribers a question',
        'Renewals a second\n8.0\n8 in ten minutes: 5 changed, 1 failed',
        'Frames a second\n120\n120 in ten minutes, 4 replaced by newer ones',
        'Lateness, p95\n2.4 ms\np50 1.8 ms',
        'Refused\n6\n2 by LIVE_MAX, 3 by LIVE_MAX_PER_CLIENT, 1 while it stops',
      ]);
  });

  it('shows the hottest keys with their age, and inspects the chosen one', async () => {
    const { page, gateway } = await open();
    const { memory } = await gateway.cache.inspect('word_1');
    gateway.observation.hottest = [{ key: 'cat_v1:{word_1}', reads: 12, memory }];
    await page.getByRole('row', { name: /word_1 12 0 ms old, fresh for 1 s/ }).waitFor();
    await page.getByRole('button', { name: 'word_1' }).click();
    await page.getByRole('heading', { name: 'Memory fresh' }).waitFor();
    expect(await page.getByLabel('Key', { exact: true }).inputValue()).toBe('word_1');
  });

  it('inspects and invalidates by keyboard alone', async () => {
    const { page, gateway } = await open();
    const { keyboard } = page;
    const focused = () => page.evaluate(() => document.activeElement?.textContent);
    await keyboard.press('Tab');
    expect(await focused()).toBe('Skip to the key inspector');
    await keyboard.press('Enter');
    await keyboard.press('Tab');
    await keyboard.type('word_1');
    await keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Memory fresh' }).waitFor();
    await page.getByText('word:1 current').waitFor();
    await page.getByText('No Redis is configured.').waitFor();
    expect(await page.getByRole('checkbox', { name: 'word:1' }).isChecked()).toBe(true);
    expect(await page.getByRole('checkbox', { name: 'words' }).isChecked()).toBe(false);
    // Inspect, the two tags, then the button.
    for (let i = 0; i < 4; i += 1) await keyboard.press('Tab');
    expect(await focused()).toBe('Invalidate…');
    await keyboard.press('Enter');
    expect(await focused()).toBe('Yes, invalidate 1 tag');
    await keyboard.press('Escape');
    expect(await focused()).toBe('Invalidate…');
    await keyboard.press('Enter');
    await keyboard.press('Enter');
    await page
      .getByText(/^Acknowledged by this process \(no Redis\) .*: 1 of 1 tag had entries\.$/)
      .waitFor();
    await page.getByText('word:1 not current').waitFor();
    const { memory } = await gateway.cache.inspect('word_1');
    expect(memory?.tags).toContainEqual({ tag: 'word:1', current: false });
  });

  it('reports an unacknowledged invalidation, and a key without an entry', async () => {
    const invalidate = async () => {
      throw new InvalidationNotAcknowledged('Redis did not acknowledge the invalidation.');
    };
    const { page } = await open({ operations: { invalidate } });
    await page.getByLabel('Key', { exact: true }).fill('word_9');
    await page.getByRole('button', { name: 'Inspect' }).click();
    await page.getByText('No entry for word_9.').waitFor();
    await page.getByLabel('Key', { exact: true }).fill('word_1');
    await page.getByRole('button', { name: 'Inspect' }).click();
    await page.getByRole('button', { name: 'Invalidate…' }).click();
    await page.getByRole('button', { name: 'Yes, invalidate 1 tag' }).click();
    await page.getByText('Redis did not acknowledge the invalidation.').waitFor();
  });

  it('reports that the gateway does not respond, and resumes when it does', async () => {
    const { page } = await open();
    await page.route('**/admin/stats', (route) => route.abort());
    await page.getByRole('alert').getByText('The gateway did not respond.').waitFor();
    await page.getByRole('status').getByText('No response').waitFor();
    await page.unroute('**/admin/stats');
    await page.getByRole('status').getByText('Live').waitFor();
    await page.getByRole('alert').waitFor({ state: 'hidden' });
  });

  it('reports a refused token, and offers to sign in again', async () => {
    const { page } = await open();
    await page.route('**/admin/stats', (route) =>
      route.fulfill({ status: 401, json: { errors: [{ message: 'Invalid admin token.' }] } }),
    );
    await page.getByRole('alert').getByText('Invalid admin token.').waitFor();
    await page.unroute('**/admin/stats');
    await page.getByRole('button', { name: 'Sign in again' }).click();
    await page.getByRole('status').getByText('Live').waitFor();
  });

  it('sends no requests while it is hidden', async () => {
    const { page } = await open();
    const hide = (hidden: boolean) =>
      page.evaluate((value) => {
        Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
        document.dispatchEvent(new Event('visibilitychange'));
      }, hidden);
    await hide(true);
    await page.getByRole('status').getByText('Paused').waitFor();
    await hide(false);
    await page.getByRole('status').getByText('Live').waitFor();
  });

  it('draws the ten minutes before it was opened', async () => {
    const gateway = await startObservatory();
    const { observation, history } = gateway;
    const { at, startedAt, requests, durations, lookups, upstream, stale, auth, live } = observation;
    const before = { at, startedAt, requests, durations, lookups, upstream, stale, auth, live };
    for (let minute = 0; minute < 9; minute += 1)
      history.push({ ...before, at: at + minute * 60_000, requests: { ...requests, hit: minute * 600 } });
    Object.assign(observation, {
      at: at + 9 * 60_000,
      requests: { ...requests, hit: 5400, failed: 9 },
      stale: { served: 4, oldestSeconds: 0 },
    });
    const { page } = await openObservatory(browser, gateway.origin);
    await page.getByRole('img', { name: /^Requests: failed .*hit 10/ }).waitFor();
    await tile(page, 'Stale responses').getByText('4', { exact: true }).waitFor();
    await tile(page, 'Requests a second').getByRole('link', { name: '9 failed in ten minutes' }).waitFor();
  });

  it('links the number of failed requests to their list', async () => {
    const { page, gateway } = await open();
    const { observation } = gateway;
    const failed = { at: observation.at, requestId: 'r-77', status: 200, client: 'staff 2.1' };
    Object.assign(observation, {
      at: observation.at + 1000,
      requests: { ...observation.requests, failed: 1 },
      failures: { byCode: {}, latest: [{ ...failed, operation: 'Sellers', codes: ['BAD_USER_INPUT'] }] },
    });
    await tile(page, 'Requests a second').getByRole('link', { name: '1 failed in ten minutes' }).click();
    await page.waitForURL((url) => url.hash === '#failures');
    await page.getByRole('row', { name: /ago Sellers BAD_USER_INPUT staff 2.1 r-77|now Sellers/ }).waitFor();
  });

  it('starts the warm-up by a button, and shows its progress', async () => {
    const { page } = await open();
    await page.getByRole('button', { name: 'Warm up' }).click();
    await page.getByText('2 of 2 sellers warm.').waitFor();
    expect(await page.getByRole('button', { name: 'Warm up' }).isEnabled()).toBe(true);
  });

  it.each([1280, 768, 390])('keeps the key inspector near the keys at %d pixels', async (width) => {
    const { page, gateway } = await open();
    await page.setViewportSize({ width, height: 900 });
    const { memory } = await gateway.cache.inspect('word_1');
    gateway.observation.hottest = Array.from({ length: 20 }, (_, at) => ({
      key: `cat_v1:{word_${at}}`,
      reads: 20 - at,
      memory,
    }));
    await page.getByRole('button', { name: 'word_19' }).waitFor();
    const [keys, inspector] = await Promise.all([
      page.locator('#hottest').boundingBox(),
      page.locator('#inspector').boundingBox(),
    ]);
    expect((inspector?.y ?? 0) - (keys?.y ?? 0)).toBeLessThan(600);
  });

  it('reports that several processes respond in turn', async () => {
    const { page, gateway } = await open();
    let turn = 0;
    await page.route('**/admin/stats', (route) => {
      turn += 1;
      const { observation } = gateway;
      return route.fulfill({
        json: { ...observation, startedAt: turn % 2, at: observation.at + turn * 1000 },
      });
    });
    await page.getByRole('alert').getByText('Several processes respond at this address').waitFor();
  });

  it.each([1280, 768, 390, 360])('does not scroll horizontally at %d pixels', async (width) => {
    const { page, gateway } = await open();
    await page.setViewportSize({ width, height: 780 });
    const { memory } = await gateway.cache.inspect('word_1');
    gateway.observation.hottest = [{ key: `cat_v1:{${'long_'.repeat(40)}}`, reads: 12, memory }];
    gateway.observation.auth = observedAuth();
    gateway.observation.lookups = {
      'filtered-catalogs': { memory: 1, redis: 0, stale: 0, miss: 1, coalesced: 0 },
    };
    await page.getByRole('button', { name: /^long_/ }).waitFor();
    await page.getByLabel('Key', { exact: true }).fill('word_1');
    await page.getByRole('button', { name: 'Inspect' }).click();
    await page.getByRole('button', { name: 'Invalidate…' }).waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
  });

  it('follows the preferred color scheme', async () => {
    const { page } = await open();
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(await ground()).toBe('rgb(244, 244, 241)');
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await ground()).toBe('rgb(16, 17, 19)');
  });

  it('has accessible names for all controls, and headings in order', async () => {
    const { page } = await open();
    await page.getByLabel('Key', { exact: true }).fill('word_1');
    await page.getByRole('button', { name: 'Inspect' }).click();
    await page.getByRole('button', { name: 'Invalidate…' }).waitFor();
    const found = await page.evaluate(() => ({
      unnamed: [...document.querySelectorAll('input')].filter(({ labels }) => !labels?.length).length,
      silent: [...document.querySelectorAll('button, a, th')].filter((node) => !node.textContent?.trim())
        .length,
      levels: [...document.querySelectorAll('h1, h2, h3')].map(({ tagName }) => Number(tagName[1])),
      mains: document.querySelectorAll('main').length,
      language: document.documentElement.lang,
    }));
    expect(found).toMatchObject({ unnamed: 0, silent: 0, mains: 1, language: 'en' });
    expect(found.levels[0]).toBe(1);
    for (const [at, level] of found.levels.entries())
      expect(level - (found.levels[at - 1] ?? 0)).toBeLessThan(2);
  });

  it('contacts no other host, without errors of the page or its security policy', async () => {
    const { page, foreignRequests, errors } = await open();
    await page.getByLabel('Key', { exact: true }).fill('word_1');
    await page.getByRole('button', { name: 'Inspect' }).click();
    await page.getByRole('button', { name: 'Invalidate…' }).waitFor();
    await page.locator('#chart-tiers canvas').waitFor();
    expect(foreignRequests).toEqual([]);
    expect(errors).toEqual([]);
  });
});
