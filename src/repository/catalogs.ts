import { LRUCache } from 'lru-cache';
import type { Cache, LoadOutcome, Trial } from '../cache/index.ts';
import type { Catalog, CatalogFilter } from '../domain/catalog.ts';
import { SellerMissing } from '../domain/errors.ts';
import type { List } from '../domain/list.ts';
import type { MaybePromise } from '../domain/maybe-promise.ts';
import type { CatalogApi } from '../upstream/catalog-api.ts';
import { canonicalFilter, type FilterInput } from './filters.ts';
import type { KeyClasses } from './key-classes.ts';
import { findListed } from './listed.ts';
import type { Read } from './read.ts';
import { idsOf } from './rows.ts';

export interface Catalogs {
  /**
   * All catalogs of each seller, soonest first; an empty list for an unknown seller. A seller whose catalogs could not be
   * loaded has the error instead.
   */
  ofSellers(
    sellerIds: readonly number[],
    filter: FilterInput<CatalogFilter>,
    read: Read,
  ): Promise<ReadonlyMap<number, LoadOutcome<List<Catalog>>>>;
  /** The catalogs of one seller in a trial. The filter is canonical. */
  atOnce(sellerId: number, filter: CatalogFilter | undefined, trial: Trial, read: Read): List<Catalog>;
  /** Null if the upstream does not know the id. */
  find(id: number, read: Read): MaybePromise<Catalog | null>;
}

export interface CatalogsOptions {
  readonly cache: Cache;
  readonly api: CatalogApi;
  readonly keyClasses: KeyClasses;
}

// 200,000 pairs of numbers take a few megabytes; other catalogs are requested by id.
const MAX_REMEMBERED_CATALOGS = 200_000;

export function createCatalogs({ cache, api, keyClasses }: CatalogsOptions): Catalogs {
  const sellerOf = new LRUCache<number, number>({
    // Not `max`: LRUCache allocates all slots of it at once.
    maxSize: MAX_REMEMBERED_CATALOGS,
    sizeCalculation: () => 1,
  });
  const remembered = new WeakSet<List<Catalog>>();

  return {
    async ofSellers(sellerIds, filter, read) {
      const canonical = canonicalFilter(filter);
      if (canonical) return matching(sellerIds, canonical, read);
      const lists = await cache.getMany(
        keyClasses.catalogs,
        sellerIds,
        (missing) => api.catalogsOf(missing, {}, undefined, read.requester),
        read,
      );
      for (const [sellerId, list] of lists) if (!(list instanceof Error)) remember(sellerId, list);
      return lists;
    },
    atOnce(sellerId, filter, trial, read) {
      const load = async () => {
        const loaded = await api.catalogsOf([sellerId], filter ?? {}, undefined, read.requester);
        const outcome = loaded.get(sellerId) ?? new SellerMissing(sellerId);
        if (outcome instanceof Error) throw outcome;
        return outcome;
      };
      if (filter) return trial.get(keyClasses.filteredCatalogs, { sellerId, filter }, load, read);
      const list = trial.get(keyClasses.catalogs, sellerId, load, read);
      remember(sellerId, list);
      return list;
    },
    find(id, read) {
      const own = { keyClass: keyClasses.catalog, id, load: () => api.catalog(id, read.requester) };
      return findListed(cache, own, listOf(id), read);
    },
  };

  async function matching(sellerIds: readonly number[], filter: CatalogFilter, read: Read) {
    if (keyClasses.filteredCatalogs.policy.freshMs === 0) {
      read.markUncacheable();
      return api.catalogsOf(sellerIds, filter, undefined, read.requester);
    }
    const idOf = new Map(sellerIds.map((sellerId) => [sellerId, { sellerId, filter }]));
    const lists = await cache.getMany(
      keyClasses.filteredCatalogs,
      [...idOf.values()],
      async (missing) => {
        const loaded = await api.catalogsOf(
          missing.map(({ sellerId }) => sellerId),
          filter,
          undefined,
          read.requester,
        );
        return new Map(missing.map((id) => [id, loaded.get(id.sellerId) ?? new SellerMissing(id.sellerId)]));
      },
      read,
    );
    return new Map(
      [...idOf].map(([sellerId, id]) => [sellerId, lists.get(id) ?? new SellerMissing(sellerId)]),
    );
  }

  /** Remembers the seller of each catalog of the list, once per list. */
  function remember(sellerId: number, list: List<Catalog>) {
    if (remembered.has(list)) return;
    remembered.add(list);
    for (const id of idsOf(list)) sellerOf.set(id, sellerId);
  }

  /** The list of the catalog's seller, if the seller is known. */
  function listOf(id: number) {
    const sellerId = sellerOf.get(id);
    if (sellerId === undefined) return undefined;
    return {
      keyClass: keyClasses.catalogs,
      id: sellerId,
      pick(list: List<Catalog>) {
        const position = idsOf(list).indexOf(id);
        return position < 0 ? undefined : list.at(position);
      },
    };
  }
}
