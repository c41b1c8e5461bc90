import {
  type AdaptiveBounds,
  type Ages,
  defineKeyClass,
  type KeyClass,
  type KeyClassDefinition,
  type Policy,
} from '../cache/index.ts';
import type { Catalog } from '../domain/catalog.ts';
import type { List } from '../domain/list.ts';
import type { Seller, SellerFilter } from '../domain/seller.ts';
import { timedOut } from '../upstream/failures.ts';
import { catalogCodec, catalogsCodec, sellerCodec, sellersCodec } from './codecs.ts';
import { KEYS, type SellersCatalogs } from './keys.ts';

/** Fresh lifetimes in milliseconds; `stale` is added for serving stale. 0 disables caching. */
export interface TtlPolicy {
  readonly sellers: number;
  readonly catalogs: number;
  readonly filter: number;
  readonly unknown: number;
  readonly stale: number;
}

/** All key classes of the repository. */
export interface KeyClasses {
  readonly sellers: KeyClass<'all', List<Seller>>;
  readonly seller: KeyClass<number, Seller | null>;
  readonly filteredSellers: KeyClass<SellerFilter, List<Seller>>;
  readonly catalogs: KeyClass<number, List<Catalog>>;
  readonly catalog: KeyClass<number, Catalog | null>;
  readonly filteredCatalogs: KeyClass<SellersCatalogs, List<Catalog>>;
}

/** A load over its time limit fails as an upstream timeout. */
function define<I, V>(definition: KeyClassDefinition<I, V>): KeyClass<I, V> {
  return defineKeyClass({ ...definition, timedOut: ({ message }) => timedOut(message) });
}

/** `adaptive` adapts the lifetimes of sellers and catalogs to how often they change, if they are cached at all. */
export function createKeyClasses(ttlMs: TtlPolicy, adaptive: AdaptiveBounds | null): KeyClasses {
  const staleAfter = (freshMs: number): Policy => ({
    freshMs,
    staleMs: freshMs > 0 ? freshMs + ttlMs.stale : 0,
    adaptive: freshMs > 0 ? adaptive : null,
  });
  const freshOnly = (freshMs: number): Ages => ({ freshMs, staleMs: freshMs });
  // An absence is cheap to check again, and a client may wait for the record to appear.
  const absent = freshOnly(ttlMs.unknown);
  return {
    sellers: define({
      ...KEYS.sellers,
      policy: staleAfter(ttlMs.sellers),
      codec: sellersCodec,
    }),
    seller: define({
      ...KEYS.seller,
      policy: { ...staleAfter(ttlMs.sellers), absent },
      codec: sellerCodec,
    }),
    filteredSellers: define({
      ...KEYS.filteredSellers,
      policy: freshOnly(ttlMs.filter),
      codec: sellersCodec,
    }),
    catalogs: define({
      ...KEYS.catalogs,
      policy: staleAfter(ttlMs.catalogs),
      codec: catalogsCodec,
    }),
    catalog: define({
      ...KEYS.catalog,
      policy: { ...staleAfter(ttlMs.catalogs), absent },
      codec: catalogCodec,
    }),
    filteredCatalogs: define({
      ...KEYS.filteredCatalogs,
      policy: freshOnly(ttlMs.filter),
      codec: catalogsCodec,
    }),
  };
}
