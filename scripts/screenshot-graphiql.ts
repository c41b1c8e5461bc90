import { startApp } from '../src/app/app.ts';
import { systemClock } from '../src/cache/clock.ts';
import { loadConfig } from '../src/config/config.ts';
import { createProcessMetrics } from '../src/telemetry/metrics/process-metrics.ts';
import { launchChromium, openIsolatedPage } from '../test/support/chromium.ts';
import { openGraphiql } from '../test/support/graphiql-page.ts';

// Takes the picture of GraphiQL that the README shows, with the sandbox's data of today.

// A seed whose first names need no font that a plain machine lacks.
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
  // Off the button: how it looks while it has the focus is not what the picture is of.
  await page.mouse.click(1000, 40);
  await page.getByRole('button', { name: 'Show editor tools' }).waitFor();
  await page.screenshot({ path: 'docs/graphiql.png', animations: 'disabled' });
} finally {
  await browser.close();
  await app.close();
}
