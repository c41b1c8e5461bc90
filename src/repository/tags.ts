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

/** Whether entries of this gateway can carry the tag. */
export function isTag(tag: string): boolean {
  return /^(sellers|catalogs|seller:-?\d+|catalog:-?\d+|catalogs:seller:-?\d+)$/.test(tag);
}
