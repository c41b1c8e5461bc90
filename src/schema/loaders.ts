import DataLoader from 'dataloader';
import { byNewest, type Catalog, type CatalogFilter } from '../domain/catalog.ts';
import { SellerMissing } from '../domain/errors.ts';
import { type Page, type PageRequest, paginate } from '../domain/page.ts';
import type { Seller, SellerFilter } from '../domain/seller.ts';
import {
  canonicalFilter,
  type FilterInput,
  filterKey,
  type Read,
  type Repository,
} from '../repository/index.ts';

/** The reads of one request: each record is read once, and concurrent reads of one kind form a batch. */
export interface Loaders {
  sellers(request: PageRequest, filter: FilterInput<SellerFilter>): Promise<Page<Seller>>;
  seller(id: number): Promise<Seller | null>;
  futureCatalogs(sellerId: number, request: PageRequest): Promise<Page<Catalog>>;
  catalogs(
    sellerId: number,
    request: PageRequest,
    filter: FilterInput<CatalogFilter>,
  ): Promise<Page<Catalog>>;
  catalog(id: number): Promise<Catalog | null>;
}

/** Loaders for one request. "Today" stays the same for the whole request. */
export function createLoaders(repository: Repository, read: Read): Loaders {
  const { sellers, catalogs } = repository;
  const day = repository.today();
  const sellerLists = oneByOne(filterKey, (filter: SellerFilter) => sellers.list(filter, read));
  const sellersById = oneByOne(identity, (id: number) => sellers.find(id, read));
  const catalogsById = oneByOne(identity, (id: number) => catalogs.find(id, read));
  const catalogsByFilter = new Map<string, DataLoader<number, readonly Catalog[]>>();

  return {
    async sellers(request, filter) {
      return paginate(await sellerLists.load(canonicalFilter(filter) ?? {}), request);
    },
    seller: (id) => sellersById.load(id),
    async futureCatalogs(sellerId, request) {
      const list = await catalogsOfSellers({}).load(sellerId);
      read.expireAt(day.endsAt);
      return paginate(repository.futureOf(list, day), request);
    },
    async catalogs(sellerId, request, filter) {
      const list = await catalogsOfSellers(canonicalFilter(filter) ?? {}).load(sellerId);
      return paginate(list.toSorted(byNewest), request);
    },
    catalog: (id) => catalogsById.load(id),
  };

  /** The loader of sellers' catalogs under one filter: reads with the same filter share a batch. */
  function catalogsOfSellers(filter: CatalogFilter) {
    const key = filterKey(filter);
    const loader =
      catalogsByFilter.get(key) ??
      new DataLoader<number, readonly Catalog[]>(async (sellerIds) => {
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
