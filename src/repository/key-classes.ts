import {
  type AdaptiveBounds,
  type Ages,
  defineKeyClass,
  type KeyClass,
  type KeyClassDefinition,
  type Policy,
} from '../cache/index.ts';
import type { Catalog } from '../domain/catalog.ts';
import type { Seller, SellerFilter } from '../domain/seller.ts';
import { timedOut } from '../upstream/failures.ts';
import { catalogCodec, catalogsCodec, sellerCodec, sellersCodec } from './codecs.ts';
import { KEYS, type SellersCatalogs } from './keys.ts';

/** How long what is fresh, in milliseconds; `stale` is how much longer it may still be served. 0 caches nothing. */
export interface TtlPolicy {
  readonly sellers: number;
  readonly catalogs: number;
  readonly filter: number;
  readonly unknown: number;
  readonly stale: number;
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

/** A load that takes too long fails for clients as the upstream that does not answer in time. */
function define<I, V>(definition: KeyClassDefinition<I, V>): KeyClass<I, V> {
  return defineKeyClass({ ...definition, timedOut: ({ message }) => timedOut(message) });
}

/** `adaptive` lets the times of sellers and catalogs follow how often they change, where those cache anything. */
export function createKeyClasses(ttlMs: TtlPolicy, adaptive: AdaptiveBounds | null): KeyClasses {
  const staleAfter = (freshMs: number): Policy => ({
    freshMs,
    staleMs: freshMs > 0 ? freshMs + ttlMs.stale : 0,
    adaptive: freshMs > 0 ? adaptive : null,
  });
  const freshOnly = (freshMs: number): Ages => ({ freshMs, staleMs: freshMs });
  // An absence is cheap to ask for again, and somebody may be waiting for the thing to appear.
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
