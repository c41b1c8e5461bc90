import type { Catalog, CatalogFilter } from '../domain/catalog.ts';
import type { Clock } from '../domain/clock.ts';
import { BadUserInput, GatewayError } from '../domain/errors.ts';
import type { Seller, SellerFilter } from '../domain/seller.ts';
import type { Report } from './events.ts';
import { invalid, unreadableCatalogs } from './failures.ts';
import type { Requester } from './fair-queue.ts';
import { createGuardedCall } from './guarded-call.ts';
import { createListReader } from './list-reader.ts';
import type { SharedPauses } from './pause.ts';
import { createPayloads, MAX_PAGES } from './payloads.ts';
import { catalogQuery, type Query, sellerQuery } from './query.ts';
import type { RateLimit } from './rate-limit.ts';
import { type CallOptions, createRestClient } from './rest-client.ts';
import { chunkSellerIds, groupBySeller, sellerParameter } from './seller-chunks.ts';
import { type Credentials, createTokens } from './token.ts';

/**
 * The ABConnect Catalog API, as domain types. Every method throws a GatewayError if the upstream fails. A `rateLimit` slows
 * down background work: each page counts as one call. Call slots are shared fairly between requesters; calls without a
 * requester are background work.
 */
export interface CatalogApi {
  /** All sellers, in the order of the upstream. */
  sellers(filter?: SellerFilter, rateLimit?: RateLimit, requester?: Requester): Promise<readonly Seller[]>;
  /** Null if the upstream does not know the seller. */
  seller(id: number, requester?: Requester): Promise<Seller | null>;
  /**
   * The catalogs of each requested seller, soonest first, in as few calls as the URL length allows. A failed call sets
   * its error for its ids only.
   */
  catalogsOf(
    sellerIds: readonly number[],
    filter?: CatalogFilter,
    rateLimit?: RateLimit,
    requester?: Requester,
  ): Promise<ReadonlyMap<number, readonly Catalog[] | GatewayError>>;
  /** Null if the upstream does not know the catalog. */
  catalog(id: number, requester?: Requester): Promise<Catalog | null>;
}

export interface CatalogApiOptions {
  /** Base of the Catalog API's routes, such as `https://catalog-api.abconnect.co/api`. */
  readonly catalogUrl: string;
  /** The OAuth token endpoint. */
  readonly identityUrl: string;
  readonly credentials: Credentials;
  /** IANA zone for upstream date-times without an offset and for dates in filters. */
  readonly timeZone: string;
  /** Requested items per page; the server may return fewer. */
  readonly pageSize: number;
  /** Maximum number of concurrent calls. */
  readonly concurrency: number;
  /** Deadline of one call including its retries and waits, in milliseconds. */
  readonly deadlineMs: number;
  /** Maximum length of a response body after decompression, in bytes. Default: 64 MiB. */
  readonly maxBodyBytes?: number;
  readonly report: Report;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Default: pauses are not shared with other processes. */
  readonly sharedPauses?: SharedPauses | null;
}

const DEFAULT_MAX_BODY_BYTES = 64 * 1024 * 1024;
/** One seller, or one catalog with its lots: thousands of about 40 bytes each. */
const MAX_SINGLE_BYTES = 16 * 1024 * 1024;

function single(requester: Requester | undefined): CallOptions {
  return { requester, allowance: { leftBytes: MAX_SINGLE_BYTES } };
}

export function createCatalogApi(options: CatalogApiOptions): CatalogApi {
  const { identityUrl, credentials, timeZone, pageSize, concurrency, report, clock } = options;
  const { maxBodyBytes = DEFAULT_MAX_BODY_BYTES } = options;
  const catalogUrl = options.catalogUrl.replace(/\/+$/, '');
  const call = createGuardedCall({ ...options, maxBodyBytes });
  const tokens = createTokens({ identityUrl, credentials, call, clock, report });
  const client = createRestClient({ call, tokens, concurrency, maxBodyBytes, report });
  const readList = createListReader({ client, concurrency, maxBodyBytes, clock, report });
  const payloads = createPayloads(timeZone);

  return {
    async sellers(filter = {}, rateLimit, requester) {
      const query = checkedLength(sellerQuery(filter));
      const { items, rejected } = await readList(
        'GET /Seller',
        (pageNumber) => pageUrl('Seller', query, pageNumber),
        payloads.sellerPage,
        { rateLimit, requester },
      );
      if (items.length === 0 && rejected.length > 0) throw invalid('no seller in the list is readable');
      return items;
    },
    seller: (id, requester) =>
      client.find(
        'GET /Seller/{id}',
        `${catalogUrl}/Seller/${id}`,
        (body) => payloads.seller(id, body),
        single(requester),
      ),
    catalog: (id, requester) =>
      client.find(
        'GET /Catalog/{id}',
        `${catalogUrl}/Catalog/${id}`,
        (body) => payloads.catalog(id, body),
        single(requester),
      ),
    async catalogsOf(sellerIds, filter = {}, rateLimit, requester) {
      const query = checkedLength(catalogQuery(filter, timeZone));
      const chunks = chunkSellerIds(new Set(sellerIds), pageUrl('Catalog', query, MAX_PAGES).length);
      const results = await Promise.all(
        chunks.map((chunk) => catalogsOfChunk(chunk, query, { rateLimit, requester })),
      );
      return new Map(results.flatMap((result) => [...result]));
    },
  };

  async function catalogsOfChunk(
    sellerIds: readonly number[],
    query: Query,
    options: CallOptions,
  ): Promise<ReadonlyMap<number, readonly Catalog[] | GatewayError>> {
    const route = 'GET /Catalog';
    const chunkQuery = [...query, ...sellerIds.map(sellerParameter)];
    try {
      const { items, rejected } = await readList(
        route,
        (pageNumber) => pageUrl('Catalog', chunkQuery, pageNumber),
        payloads.catalogPage,
        options,
      );
      const { bySeller, unmatched, unreadable } = groupBySeller(sellerIds, items, rejected);
      if (unmatched > 0)
        report({ type: 'upstream-item-rejected', route, field: 'sellers', count: unmatched });
      const lists = new Map<number, readonly Catalog[] | GatewayError>(bySeller);
      for (const id of unreadable) lists.set(id, unreadableCatalogs());
      return lists;
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      return new Map(sellerIds.map((sellerId) => [sellerId, error]));
    }
  }

  function pageUrl(path: string, query: Query, pageNumber: number): string {
    const paging = { PageSize: String(pageSize), PageNumber: String(pageNumber) };
    const parameters = new URLSearchParams(
      [...query, ...Object.entries(paging)].map(([name, value]) => [name, value]),
    );
    return `${catalogUrl}/${path}?${parameters}`;
  }
}

/** Half of the URL length; the rest is for the seller ids. */
const MAX_FILTER_LENGTH = 1000;

/** @throws BadUserInput for a filter so long that each seller would need a call of its own. */
function checkedLength(query: Query): Query {
  const { length } = new URLSearchParams(query.map(([name, value]) => [name, value])).toString();
  if (length <= MAX_FILTER_LENGTH) return query;
  throw new BadUserInput(`filter takes ${length} characters of a URL; the maximum is ${MAX_FILTER_LENGTH}.`);
}
