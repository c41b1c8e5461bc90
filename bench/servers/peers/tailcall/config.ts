/** How Tailcall keeps what it has loaded: HTTP responses, or the values of fields. */
export type TailcallCache = 'HTTP cache' | '@cache';

const MAX_HTTP_RESPONSES = 100_000;
const MAX_AGE_MS = 24 * 60 * 60 * 1000;

/** The configuration of https://tailcall.run on one core, for the fields that the benchmark requests. */
export function tailcallConfig(port: number, upstreamUrl: string, cache: TailcallCache): string {
  const upstream = cache === '@cache' ? '' : `@upstream(httpCache: ${MAX_HTTP_RESPONSES})`;
  // Tailcall ignores @cache before @http.
  const cached = cache === '@cache' ? ` @cache(maxAge: ${MAX_AGE_MS})` : '';
  const http = (path: string, query: Readonly<Record<string, string>>) => {
    const parameters = Object.entries(query).map(
      ([key, value]) => `{ key: "${key}", value: "{{.${value}}}" }`,
    );
    return `@http(url: "${upstreamUrl}/${path}", query: [${parameters.join(', ')}])${cached}`;
  };
  return `
schema @server(hostname: "127.0.0.1", port: ${port}, workers: 1) ${upstream} {
  query: Query
}

type Query {
  sellers(page: Int! = 1, pageSize: Int! = 25): SellerPage!
    ${http('sellers', { page: 'args.page', pageSize: 'args.pageSize' })}
}

type SellerPage {
  page: Int!
  pageSize: Int!
  totalItems: Int!
  totalPages: Int!
  hasPreviousPage: Boolean!
  hasNextPage: Boolean!
  items: [Seller!]!
}

type Seller {
  id: ID!
  name: String
  customerDisplayId: Int
  futureCatalogs(page: Int! = 1, pageSize: Int! = 25): CatalogPage
    ${http('future-catalogs', { sellerId: 'value.id', page: 'args.page', pageSize: 'args.pageSize' })}
}

type CatalogPage {
  page: Int!
  pageSize: Int!
  totalItems: Int!
  totalPages: Int!
  hasPreviousPage: Boolean!
  hasNextPage: Boolean!
  items: [Catalog!]!
}

type Catalog {
  id: ID!
  title: String
  customerCatalogId: String
  startDate: String
}
`;
}
