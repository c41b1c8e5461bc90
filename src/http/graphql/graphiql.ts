import { readFile } from 'node:fs/promises';
import { type Asset, createAsset, servesOnce } from '../negotiation/asset.ts';
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
const DOCS_LINK = `<a href="${PATHS.docs}" target="_blank">Docs</a>`;
const ACCOUNT_LINK = `<a href="${PATHS.signIn}?next=${PATHS.graphql}">Account</a>`;

// GraphiQL gives a logo 40 px, and puts the title after it. These links are wider, and belong after the title.
const HEADER_STYLE = `<style>
.graphiql-logo > div { flex-direction: row-reverse; gap: 12px }
.graphiql-logo > div > div { width: auto !important; gap: 12px }
</style>`;

const CACHING = { cacheControl: 'no-cache', vary: 'Accept, Accept-Encoding' };

type ServePage = ReturnType<typeof servesOnce>;

export interface GraphiqlOptions {
  /** Whether there is a page for signing in, to which it links. */
  readonly signIn: boolean;
}

/** GraphiQL, and the page that it links to: docs/graphql.md as text. */
export function createGraphiql({ signIn }: GraphiqlOptions): {
  readonly page: ServePage;
  readonly docs: ServePage;
} {
  return { page: servesOnce(() => renderPage(signIn), CACHING), docs: servesOnce(readDocs, CACHING) };
}

async function readDocs(): Promise<Asset> {
  const text = await readFile(new URL('../../../docs/graphql.md', import.meta.url));
  return createAsset(text, {
    'Content-Type': 'text/plain; charset=utf-8',
    'X-Content-Type-Options': 'nosniff',
  });
}

async function renderPage(signIn: boolean): Promise<Asset> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const logo = signIn ? `${DOCS_LINK} ${ACCOUNT_LINK}` : DOCS_LINK;
  const html = renderGraphiQL({ title: TITLE, logo, defaultTabs: EXAMPLES });
  return createAsset(Buffer.from(html.replace('</head>', `${HEADER_STYLE}</head>`)), {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'Referrer-Policy': 'no-referrer',
  });
}
