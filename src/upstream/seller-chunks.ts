import { bySoonest, type Catalog } from '../domain/catalog.ts';
import type { RejectedItem } from './payloads.ts';

/** Servers and proxies commonly refuse longer URLs. */
const MAX_URL_LENGTH = 1999;

/** The parameter for the catalogs of one seller. It is repeated per seller, as in the default array style of OpenAPI. */
export function sellerParameter(sellerId: number): readonly [name: string, value: string] {
  return ['SellerIds', String(sellerId)];
}

/**
 * Splits the ids into chunks whose URLs stay under 2,000 characters. `urlLength` is the length of the URL without ids. If
 * a filter already fills the URL, each id is a chunk of its own.
 */
export function chunkSellerIds(sellerIds: Iterable<number>, urlLength: number): number[][] {
  const chunks: number[][] = [];
  let room = 0;
  for (const sellerId of sellerIds) {
    const length = `&${sellerParameter(sellerId).join('=')}`.length;
    const chunk = chunks.at(-1);
    if (chunk !== undefined && length <= room) {
      chunk.push(sellerId);
      room -= length;
    } else {
      chunks.push([sellerId]);
      room = MAX_URL_LENGTH - urlLength - length;
    }
  }
  return chunks;
}

/** The catalogs of each requested seller, soonest first. */
export interface CatalogsBySeller {
  readonly bySeller: ReadonlyMap<number, readonly Catalog[]>;
  /** How many catalogs name no requested seller. */
  readonly unmatched: number;
  /** Sellers whose list is empty, although catalogs of theirs exist or may exist. */
  readonly unreadable: readonly number[];
}

/**
 * Splits the catalogs of a batch response by seller: a catalog belongs to each requested seller that it names, or to the only requested
 * one if it names none. `rejected` are the catalogs that could not be read.
 */
export function groupBySeller(
  sellerIds: readonly number[],
  catalogs: readonly Catalog[],
  rejected: readonly RejectedItem[],
): CatalogsBySeller {
  const bySeller = new Map<number, Catalog[]>(sellerIds.map((sellerId) => [sellerId, []]));
  const ownersOf = ({ sellerIds: named }: { readonly sellerIds: readonly number[] }) => {
    const owners = named.length === 0 && sellerIds.length === 1 ? sellerIds : named;
    return [...new Set(owners)].filter((owner) => bySeller.has(owner));
  };
  let unmatched = 0;
  for (const catalog of catalogs) {
    const owners = ownersOf(catalog);
    const owned = catalog.sellerIds.length > 0 ? catalog : { ...catalog, sellerIds: owners };
    for (const owner of owners) bySeller.get(owner)?.push(owned);
    if (owners.length === 0) unmatched += 1;
  }
  for (const list of bySeller.values()) list.sort(bySoonest);

  // If no catalog belongs to a requested seller, the response does not match the request.
  const hasUnmatched = unmatched > 0 || rejected.some((item) => item.sellerIds.length === 0);
  const isUnrelated = unmatched === catalogs.length && hasUnmatched;
  const inDoubt = new Set(isUnrelated ? sellerIds : rejected.flatMap(ownersOf));
  return { bySeller, unmatched, unreadable: [...inDoubt].filter((id) => bySeller.get(id)?.length === 0) };
}
