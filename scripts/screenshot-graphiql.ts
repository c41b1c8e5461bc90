import { startApp } from '../src/app/app.ts';
import { systemClock } from '../src/cache/clock.ts';
import { loadConfig } from '../src/config/config.ts';
import { createProcessMetrics } from '../src/telemetry/metrics/process-metrics.ts';
import { launchChromium, openIsolatedPage } from '../test/support/chromium.ts';
import { openGraphiql } from '../test/support/graphiql-page.ts';

// Takes the screenshot of GraphiQL in the README, with the sandbox's data of today.

// The first names of this seed need no special fonts.
const config = loadConfig({ PORT: '0', SANDBOX_SEED: '9', SANDBOX_LATENCY_MS: '0' });
const app = await startApp(config, {
  report: () => {},
  process: createProcessMetrics(),
  clock: systemClock,
  random: Math.random,
});
const browser = await launchChromium();
try {
  const origin = `http://127.0.0.1:${app.port}`;
  const { page } = await openIsolatedPage(browser, origin);
  const graphiql = await openGraphiql(page, origin);
  await graphiql.openTab('SellersWithFutureCatalogs');
  await graphiql.run();
  await graphiql.answer.getByText('"futureCatalogs"').first().waitFor();
  await page.getByRole('button', { name: 'Hide editor tools' }).click();
  await page.getByRole('button', { name: 'Show editor tools' }).blur();
  await page.screenshot({ path: 'docs/graphiql.png', animations: 'disabled' });
} finally {
  await browser.close();
  await app.close();
}
