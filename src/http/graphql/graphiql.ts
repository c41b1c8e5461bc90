import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Asset, createAsset, sendAsset } from '../negotiation/asset.ts';

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
  `# A page of sellers, each with its future auctions.
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
  `# One seller. To see another, change the id in the variables below.
query Seller($id: ID!) {
  seller(id: $id) {
    name
    futureCatalogs { items { id title startDate } totalItems }
    catalogs(pageSize: 5) { items { id title startDate } totalItems }
  }
}
`,
  `# The catalog service applies the filter; by default the result is not cached.
query ActiveSellers($filter: SellerFilter = { isActive: true }) {
  sellers(filter: $filter) {
    items { id name }
    totalItems
  }
}
`,
];

// One of the sellers that the sandbox has by default, so that each tab can be run as it comes.
const VARIABLES = JSON.stringify({ id: '5' }, null, 2);

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

const CACHING = { cacheControl: 'no-cache', vary: 'Accept, Accept-Encoding' };

/** Serves GraphiQL. The first request renders and compresses it, and it is kept: it has megabytes. */
export function createGraphiql(): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  let page: Promise<Asset> | undefined;
  return async (request, response) => {
    page ??= renderPage();
    sendAsset(request, response, await page, CACHING);
  };
}

function tabOf(query: string) {
  return query.includes('$id: ID!') ? { query, variables: VARIABLES } : { query };
}

async function renderPage(): Promise<Asset> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const options = { title: 'Catalog gateway', defaultTabs: EXAMPLES.map(tabOf) };
  return createAsset(Buffer.from(renderGraphiQL(options)), {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'Referrer-Policy': 'no-referrer',
  });
}
