import { bySoonest, type Catalog } from '../domain/catalog.ts';
import type { SellersCatalog } from './payloads.ts';

/** Servers and proxies commonly refuse longer ones. */
const MAX_URL_LENGTH = 1999;

/** The parameter that asks for one seller's catalogs; a list of them is an array in OpenAPI's default style. */
export function sellerParameter(sellerId: number): readonly [name: string, value: string] {
  return ['SellerIds', String(sellerId)];
}

/**
 * Cuts the ids into chunks whose URLs stay under 2,000 characters, given how long the URL is without them. An id
 * that fits nowhere, since a filter fills the URL already, is a chunk of its own.
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

/** The catalogs of each asked seller, soonest first. `undealt` counts those that name none of them. */
export interface DealtCatalogs {
  readonly bySeller: ReadonlyMap<number, readonly Catalog[]>;
  readonly undealt: number;
}

/** Deals an answer out again: a catalog to each asked seller that it names, or to the only one asked if it names none. */
export function dealCatalogs(
  sellerIds: readonly number[],
  catalogs: readonly SellersCatalog[],
): DealtCatalogs {
  const bySeller = new Map<number, Catalog[]>(sellerIds.map((sellerId) => [sellerId, []]));
  let undealt = 0;
  for (const { catalog, sellerIds: named } of catalogs) {
    const owners = named.length === 0 && sellerIds.length === 1 ? sellerIds : named;
    const asked = [...new Set(owners)].filter((owner) => bySeller.has(owner));
    for (const owner of asked) bySeller.get(owner)?.push(catalog);
    if (asked.length === 0) undealt += 1;
  }
  for (const list of bySeller.values()) list.sort(bySoonest);
  return { bySeller, undealt };
}
