import type { KeyClass, Ttl } from '../cache/key-class.ts';
import type { Catalog, CatalogFilter } from '../domain/catalog.ts';
import type { Seller, SellerFilter } from '../domain/seller.ts';
import { catalogCodec, catalogsCodec, sellerCodec, sellersCodec } from './codecs.ts';
import { filterKey } from './filters.ts';

/** How long what is fresh, in milliseconds; `stale` is how much longer it may still be served. 0 caches nothing. */
export interface TtlPolicy {
  readonly sellers: number;
  readonly catalogs: number;
  readonly filter: number;
  readonly unknown: number;
  readonly stale: number;
}

interface SellersCatalogs {
  readonly sellerId: number;
  readonly filter: CatalogFilter;
}

/** Every kind of entry this gateway keeps. */
export interface KeyClasses {
  readonly sellers: KeyClass<'all', readonly Seller[]>;
  readonly seller: KeyClass<number, Seller | null>;
  readonly filteredSellers: KeyClass<SellerFilter, readonly Seller[]>;
  readonly catalogs: KeyClass<number, readonly Catalog[]>;
  readonly catalog: KeyClass<number, Catalog | null>;
  readonly filteredCatalogs: KeyClass<SellersCatalogs, readonly Catalog[]>;
}

export function createKeyClasses(ttlMs: TtlPolicy): KeyClasses {
  const staleAfter = (freshMs: number): Ttl => ({ freshMs, staleMs: freshMs > 0 ? ttlMs.stale : 0 });
  // An absence is cheap to ask for again, and somebody may be waiting for the thing to appear.
  const absentTtl: Ttl = { freshMs: ttlMs.unknown, staleMs: 0 };
  return {
    sellers: {
      name: 'sellers',
      key: () => '{sellers_all}',
      ttl: staleAfter(ttlMs.sellers),
      codec: sellersCodec,
    },
    seller: {
      name: 'seller',
      key: (id) => `{seller_${id}}`,
      ttl: staleAfter(ttlMs.sellers),
      absentTtl,
      codec: sellerCodec,
    },
    filteredSellers: {
      name: 'filtered-sellers',
      key: (filter) => `{sellers_where_${filterKey(filter)}}`,
      ttl: { freshMs: ttlMs.filter, staleMs: 0 },
      codec: sellersCodec,
    },
    catalogs: {
      name: 'catalogs',
      key: (sellerId) => `{catalogs_seller_${sellerId}}`,
      ttl: staleAfter(ttlMs.catalogs),
      codec: catalogsCodec,
    },
    catalog: {
      name: 'catalog',
      key: (id) => `{catalog_${id}}`,
      ttl: staleAfter(ttlMs.catalogs),
      absentTtl,
      codec: catalogCodec,
    },
    filteredCatalogs: {
      name: 'filtered-catalogs',
      key: ({ sellerId, filter }) => `{catalogs_seller_${sellerId}_where_${filterKey(filter)}}`,
      ttl: { freshMs: ttlMs.filter, staleMs: 0 },
      codec: catalogsCodec,
    },
  };
}
