import type { Cache } from '../cache/index.ts';
import type { List } from '../domain/list.ts';
import type { MaybePromise } from '../domain/maybe-promise.ts';
import type { Seller, SellerFilter } from '../domain/seller.ts';
import type { CatalogApi } from '../upstream/catalog-api.ts';
import { canonicalFilter, type FilterInput } from './filters.ts';
import type { KeyClasses } from './key-classes.ts';
import { findListed } from './listed.ts';
import { oncePerObject } from './once-per-object.ts';
import { type Read, readOne } from './read.ts';

export interface Sellers {
  /** All sellers in the order of the upstream, or those that match the filter, which the upstream applies. */
  list(filter: FilterInput<SellerFilter>, read: Read): MaybePromise<List<Seller>>;
  /** Null if the upstream does not know the id. */
  find(id: number, read: Read): MaybePromise<Seller | null>;
}

/** The sellers of a list by their id. */
export const sellersById = oncePerObject(
  (list: List<Seller>): ReadonlyMap<number, Seller> =>
    new Map(list.slice().map((seller) => [seller.id, seller])),
);

/** The sellers of a list by their number, as customers see it. Of several with one number, the one with the least id. */
export const sellersByDisplayId = oncePerObject(
  (list: List<Seller>): ReadonlyMap<number | null, Seller> =>
    new Map(
      list
        .slice()
        .toSorted((a, b) => b.id - a.id)
        .map((seller) => [seller.customerDisplayId, seller]),
    ),
);

export interface SellersOptions {
  readonly cache: Cache;
  readonly api: CatalogApi;
  readonly keyClasses: KeyClasses;
}

export function createSellers({ cache, api, keyClasses }: SellersOptions): Sellers {
  return {
    list(filter, read) {
      const canonical = canonicalFilter(filter);
      const load = () => api.sellers(canonical ?? {}, undefined, read.requester);
      if (!canonical) return readOne(cache, keyClasses.sellers, 'all', load, read);
      if (keyClasses.filteredSellers.policy.freshMs > 0)
        return readOne(cache, keyClasses.filteredSellers, canonical, load, read);
      read.trial?.refuse();
      read.markUncacheable();
      return load();
    },
    find(id, read) {
      const own = { keyClass: keyClasses.seller, id, load: () => api.seller(id, read.requester) };
      const pick = (sellers: List<Seller>) => sellersById(sellers).get(id);
      return findListed(cache, own, { keyClass: keyClasses.sellers, id: 'all', pick }, read);
    },
  };
}
