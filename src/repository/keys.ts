/** The tag of the list of sellers, and of whatever else shows sellers. */
export const SELLERS = 'sellers';
/** The tag of whatever shows catalogs. */
export const CATALOGS = 'catalogs';

export function sellerTag(id: number): string {
  return `seller:${id}`;
}

export function catalogTag(id: number): string {
  return `catalog:${id}`;
}

/** The tag of one seller's catalogs. */
export function catalogsOfSellerTag(sellerId: number): string {
  return `catalogs:seller:${sellerId}`;
}

/** The seller whose catalogs carry the tag as their own; undefined for a tag that is no such. */
export function sellerIdOf(tag: string): number | undefined {
  const [, sellerId] = /^catalogs:seller:(-?\d+)$/.exec(tag) ?? [];
  return sellerId === undefined ? undefined : Number(sellerId);
}

const TAG = /^(sellers|catalogs|(seller|catalog|catalogs:seller):-?(0|[1-9]\d{0,9}))$/;
const QUOTED_CHARACTERS = 60;

/** Undefined for a tag that entries of this gateway can carry; otherwise what is wrong, with a bounded part of it. */
export function tagFault(tag: string): string | undefined {
  if (TAG.test(tag)) return undefined;
  const quoted = tag.length > QUOTED_CHARACTERS ? `${tag.slice(0, QUOTED_CHARACTERS)}…` : tag;
  return (
    `${JSON.stringify(quoted.toWellFormed())} is not a valid tag. Valid tags are sellers, seller:<id>, catalogs, ` +
    'catalogs:seller:<id> and catalog:<id>.'
  );
}
