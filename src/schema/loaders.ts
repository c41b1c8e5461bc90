import DataLoader from 'dataloader';
import { type Catalog, type CatalogFilter, positionOf } from '../domain/catalog.ts';
import { SellerMissing, SellersMissing } from '../domain/errors.ts';
import type { List } from '../domain/list.ts';
import type { CatalogOrder, SellerOrder } from '../domain/order.ts';
import { type Page, type PageRequest, paginate } from '../domain/page.ts';
import type { Seller, SellerFilter } from '../domain/seller.ts';
import {
  type Arrangement,
  canonicalFilter,
  type FilterInput,
  filterKey,
  type Read,
  type Repository,
  sellersByDisplayId,
  sellersById,
} from '../repository/index.ts';

/** The reads of one request: each record is read once, and concurrent reads of one kind form a batch. */
export interface Loaders {
  /** The arrangement applies to the sellers that match the filter. */
  sellers(
    request: PageRequest,
    filter: FilterInput<SellerFilter>,
    arrangement: Arrangement<SellerOrder>,
  ): Promise<Page<Seller>>;
  seller(id: number): Promise<Seller | null>;
  /** From the list of all sellers; the one with the least id if several have the number, null if none has it. */
  sellerByDisplayId(customerDisplayId: number): Promise<Seller | null>;
  /** From the list of all sellers, in the order of the ids; null for an id that it does not contain. */
  sellersById(ids: readonly number[]): Promise<readonly (Seller | null)[]>;
  futureCatalogs(sellerId: number, request: PageRequest): Promise<Page<Catalog>>;
  catalogs(
    sellerId: number,
    request: PageRequest,
    filter: FilterInput<CatalogFilter>,
    arrangement: Arrangement<CatalogOrder>,
  ): Promise<Page<Catalog>>;
  /** The failure counts the sellers whose catalogs are missing in the page. */
  upcomingCatalogs(
    request: PageRequest,
    upcoming: UpcomingRequest,
  ): Promise<{ readonly page: Page<Catalog>; readonly failure: SellersMissing | null }>;
  catalog(id: number): Promise<Catalog | null>;
}

/** Which catalogs of several sellers a client requests. */
interface UpcomingRequest extends Omit<Arrangement<CatalogOrder>, 'range'> {
  readonly sellerIds: readonly number[] | 'all';
  /** Inclusive. Null for the start of the business day. */
  readonly from: Date | null;
  /** Exclusive. Null for no end. */
  readonly to: Date | null;
}

const NEWEST_FIRST: CatalogOrder = { field: 'START_DATE', direction: 'DESC' };

/** Loaders for one request. "Today" stays the same for the whole request. */
export function createLoaders(repository: Repository, read: Read): Loaders {
  const { sellers, catalogs, upcoming, arrange } = repository;
  const day = repository.today();
  const sellerLists = oneByOne(filterKey, (filter: SellerFilter) => sellers.list(filter, read));
  const sellerById = oneByOne(identity, (id: number) => sellers.find(id, read));
  const catalogById = oneByOne(identity, (id: number) => catalogs.find(id, read));
  const datedCatalogs = oneByOne(
    (sellerIds) => String(sellerIds),
    (sellerIds: readonly number[] | 'all') =>
      sellerIds === 'all' ? upcoming.ofAll(read) : upcoming.ofSellers(sellerIds, read),
  );
  const catalogsByFilter = new Map<string, DataLoader<number, List<Catalog>>>();

  return {
    async sellers(request, filter, arrangement) {
      const list = await sellerLists.load(canonicalFilter(filter) ?? {});
      return paginate(await arrange.sellers(list, arrangement), request);
    },
    seller: (id) => sellerById.load(id),
    async sellerByDisplayId(customerDisplayId) {
      return sellersByDisplayId(await sellerLists.load({})).get(customerDisplayId) ?? null;
    },
    async sellersById(ids) {
      if (ids.length === 0) return [];
      const byId = sellersById(await sellerLists.load({}));
      return ids.map((id) => byId.get(id) ?? null);
    },
    async futureCatalogs(sellerId, request) {
      const list = await catalogsOfSellers({}).load(sellerId);
      read.expireAt(day.endsAt);
      return paginate(repository.futureOf(list, day), request);
    },
    async catalogs(sellerId, request, filter, { search, orderBy = NEWEST_FIRST }) {
      const list = await catalogsOfSellers(canonicalFilter(filter) ?? {}).load(sellerId);
      return paginate(await arrange.catalogs(list, { search, orderBy }), request);
    },
    async upcomingCatalogs(request, { sellerIds, from, to, ...arrangement }) {
      const { catalogs, sellers, failures } = await datedCatalogs.load(sellerIds);
      if (failures.length > 0 && failures.length === sellers) throw failures[0];
      if (!from) read.expireAt(day.endsAt);
      const start = positionOf(from ?? day.startsAt, catalogs);
      const end = to ? Math.max(start, positionOf(to, catalogs)) : catalogs.length;
      const list = await arrange.catalogs(catalogs, { ...arrangement, range: { start, end } });
      const failure = failures.length > 0 ? new SellersMissing(failures, sellers) : null;
      return { page: paginate(list, request), failure };
    },
    catalog: (id) => catalogById.load(id),
  };

  /** The loader of sellers' catalogs under one filter: reads with the same filter share a batch. */
  function catalogsOfSellers(filter: CatalogFilter) {
    const key = filterKey(filter);
    const loader =
      catalogsByFilter.get(key) ??
      new DataLoader<number, List<Catalog>>(async (sellerIds) => {
        const lists = await catalogs.ofSellers(sellerIds, filter, read);
        return sellerIds.map((sellerId) => lists.get(sellerId) ?? new SellerMissing(sellerId));
      });
    catalogsByFilter.set(key, loader);
    return loader;
  }
}

/** A loader of records that cannot be read in a batch: each is read once per request. */
function oneByOne<K, C, V>(cacheKeyFn: (key: K) => C, read: (key: K) => Promise<V>) {
  return new DataLoader<K, V, C>(async (keys) => (await Promise.allSettled(keys.map(read))).map(toOutcome), {
    cacheKeyFn,
  });
}

function toOutcome<V>(result: PromiseSettledResult<V>): V | Error {
  return result.status === 'fulfilled' ? result.value : result.reason;
}

function identity<T>(value: T): T {
  return value;
}
