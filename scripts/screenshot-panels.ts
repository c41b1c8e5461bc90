import { startApp } from '../src/app/app.ts';
import { systemClock } from '../src/cache/clock.ts';
import { loadConfig } from '../src/config/config.ts';
import { createProcessMetrics } from '../src/telemetry/metrics/process-metrics.ts';
import { launchChromium } from '../test/support/chromium.ts';
import { buildPanels, installPanels, servePanels } from './example/panels.ts';

// Takes the screenshots of examples/panels, with the sandbox's data of today.

const ADDRESS =
  '/?sellers.search=auct&sellers.sort=name&sellers.page=2&seller=35&range=month&upcoming.page=2';

installPanels();
buildPanels();
const config = loadConfig({ PORT: '0', SANDBOX_SEED: '9', SANDBOX_LATENCY_MS: '0' });
const app = await startApp(config, {
  report: () => {},
  process: createProcessMetrics(),
  clock: systemClock,
  random: Math.random,
});
const server = await servePanels(`http://127.0.0.1:${app.port}`, 0);
const browser = await launchChromium();
try {
  for (const [name, options] of Object.entries({
    panels: { viewport: { width: 1440, height: 900 }, colorScheme: 'light' },
    'panels-dark': { viewport: { width: 1440, height: 900 }, colorScheme: 'dark' },
    'panels-phone': { viewport: { width: 390, height: 780 }, colorScheme: 'light' },
  } as const)) {
    const page = await (await browser.newContext(options)).newPage();
    await page.goto(server.origin + ADDRESS);
    await page.locator('#upcoming time').first().waitFor();
    // Away and back, so that the responses come from the cache, and their times are those of a page that has loaded.
    await page.evaluate(() => {
      history.pushState(null, '', '/');
      dispatchEvent(new PopStateEvent('popstate'));
    });
    await page.getByText('412 found').waitFor();
    await page.goBack();
    await page.locator('#catalogs time').first().waitFor();
    await page.locator('main:not(:has([aria-busy=true]))').waitFor();
    await page.locator('p.live').nth(2).waitFor();
    await page.screenshot({ path: `docs/${name}.png`, animations: 'disabled' });
  }
} finally {
  await browser.close();
  await server.close();
  await app.close();
}
