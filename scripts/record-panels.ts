import { writeFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { startApp } from '../src/app/app.ts';
import { systemClock } from '../src/cache/clock.ts';
import { loadConfig } from '../src/config/config.ts';
import { createProcessMetrics } from '../src/telemetry/metrics/process-metrics.ts';
import { launchChromium } from '../test/support/chromium.ts';
import { animatedPng, type Frame } from './apng.ts';
import { buildPanels, installPanels, servePanels } from './example/panels.ts';

// Makes the moving picture of examples/panels, docs/panels-live.png: records change in the sandbox, the browser goes
// offline, and comes back.

const VIEWPORT = { width: 1360, height: 380 };
const SELLER = 35;

installPanels();
buildPanels();
const config = loadConfig({
  ...{ PORT: '0', SANDBOX_SEED: '9', SANDBOX_LATENCY_MS: '0' },
  ...{ HOOK_SECRETS: 'only-for-this-picture', SANDBOX_WEBHOOK_SELF: 'true' },
});
const app = await startApp(config, {
  report: () => {},
  process: createProcessMetrics(),
  clock: systemClock,
  random: Math.random,
});
const server = await servePanels(`http://127.0.0.1:${app.port}`, 0);
const browser = await launchChromium();
try {
  const context = await browser.newContext({ viewport: VIEWPORT, colorScheme: 'light' });
  const page = await context.newPage();
  await page.goto(`${server.origin}/?sellers.sort=id&seller=${SELLER}&range=month`);
  await page.locator('#catalogs tbody tr').nth(2).waitFor();
  await page.locator('p.live').nth(2).waitFor();
  const rowOf = async (panel: string, row: number) =>
    Number(await page.locator(`#${panel} tbody tr`).nth(row).getAttribute('data-id'));
  const frames: Frame[] = [{ png: await page.screenshot(), x: 0, y: 0, ms: 2000 }];

  const catalog = await rowOf('catalogs', 0);
  app.sandbox?.changeCatalog(catalog, { title: 'Clocks, Watches & Barometers' });
  frames.push(...(await marksOf(page, '#catalogs', 'Clocks, Watches')));
  const upcoming = await rowOf('upcoming', 0);
  app.sandbox?.changeCatalog(upcoming, { title: 'The Library of a Collector' });
  frames.push(...(await marksOf(page, '#upcoming', 'The Library')));

  await context.setOffline(true);
  await page.getByText('Offline.').waitFor();
  frames.push(await frameOf(page, 'body', 2000, 150));
  const seller = await rowOf('sellers', 0);
  app.sandbox?.changeSeller(seller, { name: 'Larch & Daughters' });
  await context.setOffline(false);
  await page.locator('#sellers').getByText('Larch & Daughters').first().waitFor();
  await page.locator('p.live').nth(2).waitFor();
  await fade(page, 0);
  frames.push(await frameOf(page, 'body', 100, 150));
  frames.push(...(await marksOf(page, '#sellers', 'Larch & Daughters')));
  writeFileSync('docs/panels-live.png', animatedPng(frames));
} finally {
  await browser.close();
  await server.close();
  await app.close();
}

/** The marks of a panel while they fade. */
async function marksOf(page: Page, panel: string, name: string): Promise<readonly Frame[]> {
  await page
    .locator(panel)
    .getByText(new RegExp(`Changed.*${name}`))
    .waitFor();
  const frames: Frame[] = [];
  for (const share of [0, 0.5, 1]) {
    await fade(page, share);
    frames.push(await frameOf(page, panel, share === 0.5 ? 500 : 1500));
  }
  return frames;
}

/** Stops all marks at this share of their time. */
function fade(page: Page, share: number): Promise<void> {
  return page.evaluate((share) => {
    for (const animation of document.getAnimations()) {
      animation.pause();
      animation.currentTime = share * Number(animation.effect?.getComputedTiming().endTime);
    }
  }, share);
}

/** The upper part of an element: what changes is there. */
async function frameOf(page: Page, selector: string, ms: number, height = 215): Promise<Frame> {
  const box = await page.locator(selector).boundingBox();
  const [x, y] = [Math.floor(box?.x ?? 0), Math.floor(box?.y ?? 0)];
  const width = Math.min(VIEWPORT.width - x, Math.ceil(box?.width ?? 0));
  const clip = { x, y, width, height: Math.min(VIEWPORT.height - y, height) };
  return { png: await page.screenshot({ clip }), x, y, ms };
}
