import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Asset, createAsset, sendAsset } from '../negotiation/asset.ts';
import { EXAMPLES } from './graphiql-examples.ts';

// The page carries its scripts, workers, styles and fonts; nothing may come from or go to another host.
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'unsafe-inline' 'unsafe-eval' blob:",
  'worker-src blob:',
  "style-src 'unsafe-inline'",
  'img-src data:',
  'font-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

// The tabs leave little room for it: it must not break into two lines.
const TITLE = 'Catalog\u00a0gateway';

const CACHING = { cacheControl: 'no-cache', vary: 'Accept, Accept-Encoding' };

/** Serves GraphiQL. The first request renders and compresses it, and it is kept: it has megabytes. */
export function createGraphiql(): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  let page: Promise<Asset> | undefined;
  return async (request, response) => {
    page ??= renderPage();
    sendAsset(request, response, await page, CACHING);
  };
}

async function renderPage(): Promise<Asset> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const options = { title: TITLE, defaultTabs: EXAMPLES };
  return createAsset(Buffer.from(renderGraphiQL(options)), {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'Referrer-Policy': 'no-referrer',
  });
}
