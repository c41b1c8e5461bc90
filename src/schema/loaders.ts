import DataLoader from 'dataloader';
import { type Catalog, type CatalogFilter, positionOf } from '../domain/catalog.ts';
import { SellerMissing, SellersMissing } from '../domain/errors.ts';
import type { List } from '../domain/list.ts';
import { after, type MaybePromise } from '../domain/maybe-promise.ts';
import type { CatalogOrder, SellerOrder } from '../domain/order.ts';
import type { Page, PageRequest } from '../domain/page.ts';
import type { Seller, SellerFilter } from '../domain/seller.ts';
import {
  type Arrangement,
  canonicalFilter,
  type FilterInput,
  filterKey,
  pageOf,
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
  ): MaybePromise<Page<Seller>>;
  seller(id: number): MaybePromise<Seller | null>;
  /** From the list of all sellers; the one with the least id if several have the number, null if none has it. */
  sellerByDisplayId(customerDisplayId: number): MaybePromise<Seller | null>;
  /** From the list of all sellers, in the order of the ids; null for an id that it does not contain. */
  sellersById(ids: readonly number[]): MaybePromise<readonly (Seller | null)[]>;
  futureCatalogs(sellerId: number, request: PageRequest): MaybePromise<Page<Catalog>>;
  catalogs(
    sellerId: number,
    request: PageRequest,
    filter: FilterInput<CatalogFilter>,
    arrangement: Arrangement<CatalogOrder>,
  ): MaybePromise<Page<Catalog>>;
  /** The failure counts the sellers whose catalogs are missing in the page. */
  upcomingCatalogs(
    request: PageRequest,
    upcoming: UpcomingRequest,
  ): MaybePromise<{ readonly page: Page<Catalog>; readonly failure: SellersMissing | null }>;
  catalog(id: number): MaybePromise<Catalog | null>;
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
  const sellerLists = oneByOne(filterKey, (filter: SellerFilter) => sellers.list(filter, read), read);
  const sellerById = oneByOne(identity, (id: number) => sellers.find(id, read), read);
  const catalogById = oneByOne(identity, (id: number) => catalogs.find(id, read), read);
  const datedCatalogs = oneByOne(
    (sellerIds) => String(sellerIds),
    (sellerIds: readonly number[] | 'all') =>
      sellerIds === 'all' ? upcoming.ofAll(read) : upcoming.ofSellers(sellerIds, read),
    read,
  );
  let isDaily = false;
  const catalogsByFilter = new Map<string, Loader<number, List<Catalog>>>();

  return {
    sellers(request, filter, arrangement) {
      return after(sellerLists.load(canonicalFilter(filter) ?? {}), (list) =>
        after(arrange.sellers(list, arrangement), (arranged) => pageOf(arranged, request)),
      );
    },
    seller: (id) => sellerById.load(id),
    sellerByDisplayId(customerDisplayId) {
      return after(sellerLists.load({}), (list) => sellersByDisplayId(list).get(customerDisplayId) ?? null);
    },
    sellersById(ids) {
      if (ids.length === 0) return [];
      return after(sellerLists.load({}), (list) => {
        const byId = sellersById(list);
        return ids.map((id) => byId.get(id) ?? null);
      });
    },
    futureCatalogs(sellerId, request) {
      return after(catalogsOf(sellerId, undefined), (list) => {
        expireWithDay();
        return pageOf(repository.futureOf(list, day), request);
      });
    },
    catalogs(sellerId, request, filter, { search, orderBy = NEWEST_FIRST }) {
      return after(catalogsOf(sellerId, canonicalFilter(filter)), (list) =>
        after(arrange.catalogs(list, { search, orderBy }), (arranged) => pageOf(arranged, request)),
      );
    },
    upcomingCatalogs(request, { sellerIds, from, to, ...arrangement }) {
      return after(datedCatalogs.load(sellerIds), (dated) => {
        const { catalogs: all, sellers: asked, failures } = dated;
        if (failures.length > 0 && failures.length === asked) throw failures[0];
        if (!from) expireWithDay();
        const start = positionOf(from ?? day.startsAt, all);
        const end = to ? Math.max(start, positionOf(to, all)) : all.length;
        const failure = failures.length > 0 ? new SellersMissing(failures, asked) : null;
        return after(arrange.catalogs(all, { ...arrangement, range: { start, end } }), (list) => ({
          page: pageOf(list, request),
          failure,
        }));
      });
    },
    catalog: (id) => catalogById.load(id),
  };

  function expireWithDay(): void {
    if (isDaily) return;
    isDaily = true;
    read.expireAt(day.endsAt);
  }

  function catalogsOf(sellerId: number, filter: CatalogFilter | undefined): MaybePromise<List<Catalog>> {
    const key = filter ? filterKey(filter) : '';
    const loader = catalogsByFilter.get(key) ?? newLoader(filter);
    catalogsByFilter.set(key, loader);
    return loader.load(sellerId);
  }

  /** A loader of sellers' catalogs under one filter: reads with the same filter share a batch. */
  function newLoader(filter: CatalogFilter | undefined): Loader<number, List<Catalog>> {
    const { trial } = read;
    if (trial) {
      const find = (sellerId: number) => catalogs.atOnce(sellerId, filter, trial, read);
      return { load: onceByKey(identity, find) };
    }
    return new DataLoader<number, List<Catalog>>(async (sellerIds) => {
      const lists = await catalogs.ofSellers(sellerIds, filter, read);
      return sellerIds.map((sellerId) => lists.get(sellerId) ?? new SellerMissing(sellerId));
    });
  }
}

interface Loader<K, V> {
  load(key: K): MaybePromise<V>;
}

/** A loader of records that cannot be read in a batch: each is read once per request. In a trial memory has each. */
function oneByOne<K, C, V>(
  cacheKeyFn: (key: K) => C,
  find: (key: K) => MaybePromise<V>,
  { trial }: Read,
): Loader<K, V> {
  if (trial) return { load: onceByKey(cacheKeyFn, find) };
  return new DataLoader<K, V, C>(
    async (keys) => (await Promise.allSettled(keys.map(async (key) => find(key)))).map(toOutcome),
    { cacheKeyFn },
  );
}

function onceByKey<K, C, V>(keyOf: (key: K) => C, find: (key: K) => V): (key: K) => V {
  const known = new Map<C, V>();
  return (key) => {
    const name = keyOf(key);
    if (known.has(name)) return known.get(name) as V;
    const value = find(key);
    known.set(name, value);
    return value;
  };
}

function toOutcome<V>(result: PromiseSettledResult<V>): V | Error {
  return result.status === 'fulfilled' ? result.value : result.reason;
}

function identity<T>(value: T): T {
  return value;
}
