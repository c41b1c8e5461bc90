import type { Catalog } from '../../src/domain/catalog.ts';
import type { Seller } from '../../src/domain/seller.ts';

/** A seller with the fields that the test names. */
export function seller(id: number, fields: Partial<Seller> = {}): Seller {
  return { id, name: `Seller ${id}`, customerDisplayId: null, isActive: null, ...fields };
}

/** A catalog with the fields that the test names. */
export function catalog(id: number, fields: Partial<Catalog> = {}): Catalog {
  return {
    ...{ id, title: `Catalog ${id}`, customerCatalogId: null, startDate: null },
    ...{ agent: null, endDate: null, isCompleted: null, sellerIds: [] },
    ...fields,
  };
}
