import { type Browser, chromium, type Page } from 'playwright-core';
import { findTool } from './tools.ts';

const executablePath = findTool('chromium');

/** For `describe.skipIf`: the global set-up has said how to get one. */
export const noChromium = executablePath === undefined;

// Without a sandbox, since CI is root; and nothing of its own may call home.
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

// For a page of megabytes on a busy machine: what is waited for comes, or the page is broken.
const PATIENCE_MS = 60_000;

/** Starts a headless Chromium with an empty profile; `close` it when done. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: executablePath ?? '', args: FLAGS });
}

/** A page that can reach one origin and no other, and what went wrong in it. */
export interface IsolatedPage {
  readonly page: Page;
  /** URLs of other origins that the page asked for; none of them was reached. */
  readonly foreignRequests: readonly string[];
  /** Errors on its console and errors nobody caught; violations of the page's security policy are among them. */
  readonly errors: readonly string[];
}

/** Opens a page in a context of its own, which goes with the browser. */
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
