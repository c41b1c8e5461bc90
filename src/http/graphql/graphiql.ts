import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Asset, createAsset, sendAsset } from '../negotiation/asset.ts';
import { PATHS } from '../paths.ts';
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
const DOCS_LINK = `${TITLE} <a href="${PATHS.docs}" target="_blank">Docs</a>`;

const CACHING = { cacheControl: 'no-cache', vary: 'Accept, Accept-Encoding' };

type ServePage = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** GraphiQL, and the page that it links to: docs/graphql.md as text. */
export function createGraphiql(): { readonly page: ServePage; readonly docs: ServePage } {
  return { page: servesOnce(renderPage), docs: servesOnce(readDocs) };
}

/** The first request makes and compresses the page, and it is kept: GraphiQL has megabytes. */
function servesOnce(make: () => Promise<Asset>): ServePage {
  let page: Promise<Asset> | undefined;
  return async (request, response) => {
    page ??= make();
    sendAsset(request, response, await page, CACHING);
  };
}

async function readDocs(): Promise<Asset> {
  const text = await readFile(new URL('../../../docs/graphql.md', import.meta.url));
  return createAsset(text, {
    'Content-Type': 'text/plain; charset=utf-8',
    'X-Content-Type-Options': 'nosniff',
  });
}

async function renderPage(): Promise<Asset> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const options = { title: TITLE, logo: DOCS_LINK, defaultTabs: EXAMPLES };
  return createAsset(Buffer.from(renderGraphiQL(options)), {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'Referrer-Policy': 'no-referrer',
  });
}
