import { hash, randomOf, TOPIC } from './random.ts';

/** How far down the list the second seller of a shared catalog stands, in positions: on the same page, or not. */
const SHARING_DISTANCES = [1, 40];
const SHARING_SHARE = 0.3;

/** Which sellers' catalogs stand where in the list of all; sellers and catalogs are named by their positions. */
export interface CatalogOwners {
  readonly catalogCount: number;
  /** The sellers of a catalog: its owner, and the one it is shared with, if any. */
  sellersOf(catalog: number): readonly number[];
  /** The catalogs of a seller, those that others share with it last. */
  catalogsOf(seller: number): readonly number[];
}

/** Deals each seller 0 to `maxCatalogs` catalogs, shared ones included: many sellers few, few sellers many. */
export function createCatalogOwners(of: {
  seed: number;
  sellers: number;
  maxCatalogs: number;
}): CatalogOwners {
  const { seed, sellers, maxCatalogs } = of;
  // The one thing that is kept for every seller: without it no catalog's owner could be told from its position.
  const firstOf = new Uint32Array(sellers + 1);
  for (let seller = 0; seller < sellers; seller++) {
    const drawn = Math.floor((maxCatalogs + 1) * randomOf(seed, TOPIC.catalogCount, seller)() ** 2);
    firstOf[seller + 1] = at(firstOf, seller) + drawn;
  }
  const owned = (seller: number) => at(firstOf, seller + 1) - at(firstOf, seller);

  return {
    catalogCount: at(firstOf, sellers),
    sellersOf(catalog) {
      const owner = ownerOf(catalog);
      const partner = catalog === at(firstOf, owner) ? partnerOf(owner) : null;
      return partner === null ? [owner] : [owner, partner];
    },
    catalogsOf(seller) {
      const own = Array.from({ length: owned(seller) }, (_, n) => at(firstOf, seller) + n);
      const candidates = new Set(SHARING_DISTANCES.map((distance) => modulo(seller - distance, sellers)));
      const sharing = [...candidates].filter((owner) => partnerOf(owner) === seller);
      return [...own, ...sharing.map((owner) => at(firstOf, owner))];
    },
  };

  /** The seller that shares the first catalog of `owner`, or null where that is not shared. */
  function partnerOf(owner: number): number | null {
    const lot = hash(seed, TOPIC.shared, owner);
    const distance = SHARING_DISTANCES[lot % SHARING_DISTANCES.length] as number;
    const partner = (owner + distance) % sellers;
    const drawn = lot / 2 ** 32 < SHARING_SHARE && owned(owner) > 0 && partner !== owner;
    // There is room for a catalog from each distance, so that no seller goes past the most.
    return drawn && owned(partner) <= maxCatalogs - SHARING_DISTANCES.length ? partner : null;
  }

  /** The last seller that starts at or before the catalog. */
  function ownerOf(catalog: number): number {
    let low = 0;
    let high = sellers;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (at(firstOf, middle) <= catalog) low = middle;
      else high = middle;
    }
    return low;
  }
}

function at(list: Uint32Array, position: number): number {
  return list[position] as number;
}

function modulo(value: number, modulus: number): number {
  return ((value % modulus) + modulus) % modulus;
}
