import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { acceptsGzip } from './accept.ts';
import { isNotModified } from './caching/entity-tag.ts';

const EXAMPLES = [
  `# Sellers, page by page. Press Ctrl-Enter to run it.
query Sellers($page: Int! = 1) {
  sellers(page: $page, pageSize: 10) {
    items { id name customerDisplayId }
    page
    totalPages
    totalItems
    hasNextPage
  }
}
`,
  `# A page of sellers, each with the auctions that are coming.
query SellersWithFutureCatalogs {
  sellers(pageSize: 25) {
    items {
      id
      name
      futureCatalogs(pageSize: 5) {
        items { id title startDate }
        totalItems
      }
    }
    totalItems
  }
}
`,
  `# One seller. Take an id from the list of sellers.
query Seller($id: ID!) {
  seller(id: $id) {
    name
    futureCatalogs { items { id title startDate } totalItems }
    catalogs(pageSize: 5) { items { id title startDate } totalItems }
  }
}
`,
  `# A filter goes to the catalog service as it is, past the cache.
query ActiveSellers($filter: SellerFilter = { isActive: true }) {
  sellers(filter: $filter) {
    items { id name }
    totalItems
  }
}
`,
];

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

interface RenderedPage {
  readonly html: Buffer;
  readonly gzipped: Buffer;
  readonly etag: string;
}

/** Answers with GraphiQL. It is rendered and compressed when it is first asked for, and kept: it has megabytes. */
export function createGraphiql(): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  let page: Promise<RenderedPage> | undefined;
  return async (request, response) => {
    page ??= renderPage();
    const { html, gzipped, etag } = await page;
    response
      .setHeader('ETag', etag)
      .setHeader('Cache-Control', 'no-cache')
      .appendHeader('Vary', 'Accept, Accept-Encoding');
    if (isNotModified(request.headers['if-none-match'], etag)) {
      response.writeHead(304).end();
      return;
    }
    const zipped = acceptsGzip(request.headers);
    const body = zipped ? gzipped : html;
    response.writeHead(200, {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Length': body.length,
      'Content-Security-Policy': CONTENT_SECURITY_POLICY,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      ...(zipped && { 'Content-Encoding': 'gzip' }),
    });
    response.end(body);
  };
}

async function renderPage(): Promise<RenderedPage> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const options = { title: 'Catalog gateway', defaultTabs: EXAMPLES.map((query) => ({ query })) };
  const html = Buffer.from(renderGraphiQL(options));
  const digest = createHash('sha256').update(html).digest('base64url');
  // Weak, since it names the page and not the bytes of one encoding.
  return { html, gzipped: await promisify(gzip)(html), etag: `W/"${digest}"` };
}
