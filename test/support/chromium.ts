import { type Browser, chromium, type Page } from 'playwright-core';
import { findTool } from './tools.ts';

const executablePath = findTool('chromium');

/** For `describe.skipIf`: the global set-up prints how to install Chromium. */
export const noChromium = executablePath === undefined;

// Without a sandbox, because CI runs as root. The other flags keep Chromium from making requests of its own.
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

// Enough for a page of megabytes on a busy machine. A longer wait means that the page is broken.
const PATIENCE_MS = 60_000;

/** Starts a headless Chromium with an empty profile; `close` it when done. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: executablePath ?? '', args: FLAGS });
}

/** A page that can reach one origin only, and the errors in it. */
export interface IsolatedPage {
  readonly page: Page;
  /** URLs of other origins that the page requested; the requests were blocked. */
  readonly foreignRequests: readonly string[];
  /** Console errors and uncaught errors, including violations of the page's security policy. */
  readonly errors: readonly string[];
}

/** Opens a page in a context of its own, which closes with the browser. */
export async function openIsolatedPage(browser: Browser, origin: string): Promise<IsolatedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: 'light' });
  context.setDefaultTimeout(PATIENCE_MS);
  const foreignRequests: string[] = [];
  const errors: string[] = [];
  await context.route('**/*', (route) => {
    const url = route.request().url();
    if (new URL(url).origin === origin || url.startsWith('data:')) return route.continue();
    foreignRequests.push(url);
    return route.abort();
  });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  return { page, foreignRequests, errors };
}
