import type { Page } from 'playwright-core';
import { startApp } from '../src/app/app.ts';
import { loadConfig } from '../src/config/config.ts';
import { createProcessMetrics } from '../src/telemetry/metrics/process-metrics.ts';
import { launchChromium } from '../test/support/chromium.ts';

// Takes the screenshots of the observatory in the docs: a gateway with the sandbox's data, ten minutes of requests with a
// skewed distribution of sellers, two invalidations, some invalid requests, people who sign in, and programs that follow
// live responses. The clocks of the gateway and of the browsers advance in steps of one second; a run takes a few minutes.

const ADMIN_TOKEN = 'a-token-for-the-pictures';
const SECONDS = 600;
const REQUESTS_A_SECOND = 12;
const STREAMS = 40;

const config = loadConfig({
  ...{
    PORT: '0',
    ADMIN_TOKEN,
    OBSERVATORY: 'true',
    AUTH: 'optional',
    SANDBOX_SEED: '9',
    SANDBOX_SELLERS: '60',
  },
  ...{ SANDBOX_LATENCY_MS: '15', CACHE_TTL_CATALOGS: '90', CACHE_TTL_SELLERS: '120', LOG_LEVEL: 'error' },
});
let movedMs = 0;
const clock = { now: () => Date.now() + movedMs, monotonic: () => performance.now() + movedMs };
const app = await startApp(config, {
  report: () => {},
  process: createProcessMetrics(),
  clock,
  random: Math.random,
});
const origin = `http://127.0.0.1:${app.port}`;
const browser = await launchChromium();

let cookie = '';

const LIST = '{ sellers(pageSize: 10) { items { id name } totalItems } }';
const sellers = (await query(LIST)).data.sellers.items.map(({ id }: { id: string }) => id);

async function signIn(username: string, password: string): Promise<void> {
  const { headers } = await fetch(`${origin}/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  });
  cookie = headers.getSetCookie()[0]?.split(';')[0] ?? cookie;
}

async function query(text: string) {
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'apollographql-client-name': 'staff', cookie },
    body: JSON.stringify({ query: text }),
  });
  return response.json() as Promise<{ data: { sellers: { items: { id: string }[] } } }>;
}

/** Requests of one second, distributed over sellers by Zipf's law with exponent 1. */
async function ask(second: number): Promise<void> {
  if (second % 50 === 20)
    await signIn(second % 100 === 20 ? 'anna' : 'ben', second % 100 === 20 ? 'anna-sandbox' : 'ben-sandbox');
  if (second % 150 === 90) await signIn('anna', 'mistyped');
  const count = Math.round(REQUESTS_A_SECOND * (1 + 0.4 * Math.sin(second / 30)) + 3 * Math.random());
  await Promise.all(
    Array.from({ length: count }, () => {
      const rank = Math.floor(sellers.length ** Math.random()) - 1;
      const pageSize = 3 + Math.floor(3 * Math.random() ** 3);
      const catalogs = `futureCatalogs(pageSize: ${pageSize}) { items { title startDate } }`;
      return Math.random() < 0.2
        ? query(LIST)
        : query(`{ seller(id: "${sellers[rank]}") { name ${catalogs} } }`);
    }),
  );
}

/** Follows a page of sellers until the gateway stops. */
async function follow(page: number): Promise<void> {
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({
      query:
        'subscription Follow($page: Int!) { sellers(page: $page, pageSize: 5) { items { name futureCatalogs { totalItems } } } }',
      variables: { page },
    }),
  });
  response.body?.pipeTo(new WritableStream()).catch(() => {});
}

async function act(path: string, body: object): Promise<void> {
  await fetch(`${origin}/admin/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function openPage(options: Parameters<typeof browser.newContext>[0]): Promise<Page> {
  const httpCredentials = { username: 'pictures', password: ADMIN_TOKEN };
  const page = await (await browser.newContext({ httpCredentials, ...options })).newPage();
  // Advances only when the script advances it.
  const time = Date.now();
  await page.clock.install({ time });
  await page.clock.pauseAt(time + 1000);
  await page.goto(`${origin}/observatory`);
  await page.getByRole('status').getByText('Live').waitFor();
  return page;
}

/** Inspects a key, and moves the pointer and the focus away. */
async function take(page: Page, name: string): Promise<void> {
  await page.getByLabel('Key', { exact: true }).fill(`catalogs_seller_${sellers[0]}`);
  await page.getByRole('button', { name: 'Inspect' }).click();
  await page.getByRole('button', { name: 'Invalidate…' }).waitFor();
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await page.screenshot({ path: `docs/observatory-${name}.png`, fullPage: true, animations: 'disabled' });
}

try {
  const size = { width: 1280, height: 800 };
  const pages = {
    light: await openPage({ viewport: size, colorScheme: 'light' }),
    dark: await openPage({ viewport: size, colorScheme: 'dark' }),
    phone: await openPage({ viewport: { width: 390, height: 780 }, colorScheme: 'light' }),
  };
  await Promise.all(Array.from({ length: STREAMS }, (_, index) => follow(1 + (index % 8))));
  for (let second = 0; second < SECONDS; second += 1) {
    await ask(second);
    if (second % 97 === 96) await query('query Search { sellers(pageSize: 500) { totalItems } }');
    if (second === SECONDS / 2) await act('invalidations', { tags: ['catalogs'] });
    if (second === Math.floor(SECONDS * 0.8))
      await act('invalidations', { tags: [`seller:${sellers[1]}`, `catalogs:seller:${sellers[1]}`] });
    movedMs += 1000;
    for (const page of Object.values(pages)) {
      const answered = page.waitForResponse(/\/admin\/stats$/);
      await page.clock.runFor(1000);
      await answered;
    }
  }
  for (const [name, page] of Object.entries(pages)) await take(page, name);
} finally {
  await browser.close();
  await app.close();
}
