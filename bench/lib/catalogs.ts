import type { Catalog } from '../../src/domain/catalog.ts';

// The usual length of a seller's list of future catalogs.
const CATALOGS = 25;
const DAY_MS = 24 * 60 * 60_000;
const FIRST_START_MS = Date.UTC(2030, 0, 1, 15);

/** A list of one page's length, always the same for the same seller. */
export function catalogsOf(sellerId: number): readonly Catalog[] {
  return Array.from({ length: CATALOGS }, (_, index) => ({
    id: sellerId * 1000 + index,
    title: `Estate of a collector, part ${index + 1}: furniture, silver and works on paper`,
    customerCatalogId: `S${sellerId}-${index + 1}`,
    startDate: new Date(FIRST_START_MS + index * DAY_MS),
    agent: 'Northern Shipping',
    endDate: new Date(FIRST_START_MS + (index + 3) * DAY_MS),
    isCompleted: false,
    sellerIds: [sellerId],
  }));
}
