import type { SandboxSettings } from '../settings.ts';
import type { SandboxCatalog } from './catalogs.ts';
import type { Dataset } from './dataset.ts';
import { hash, TOPIC } from './random.ts';
import type { SandboxSeller } from './sellers.ts';

/** One catalog in fifty is a big sale. */
const BIG_SALE_SHARE = 0.02;
const BIG_SALE_FACTOR = 25;

/** Writes records as the JSON that goes on the wire, with the undeclared key that the real service sends. */
export interface JsonText {
  /** SellerExpanded. Throws where there is no such seller. */
  seller(id: number): string;
  /** CatalogExpanded. Throws where there is no such catalog. */
  catalog(id: number): string;
}

export function createJsonText(data: Dataset, { seed, lots }: SandboxSettings): JsonText {
  return {
    seller(id) {
      const { name, customerDisplayId, isActive } = there(data.seller(id));
      const catalogs = Array.from(data.catalogIdsOf([id]), (catalog) =>
        summary(there(data.catalog(catalog))),
      );
      return JSON.stringify({ id, name, displayId: null, catalogs, customerDisplayId, isActive });
    },
    catalog(id) {
      const catalog = there(data.catalog(id));
      const sellers = catalog.sellerIds.map((seller) => nested(there(data.seller(seller))));
      const fields = JSON.stringify({ ...summary(catalog), sellers });
      return `${fields.slice(0, -1)},"lots":[${lotsOf(id)}]}`;
    },
  };

  // Lots are most of a response, and text that nobody reads: as objects they would take longer than all the rest.
  function lotsOf(catalogId: number): string {
    const lot = hash(seed, TOPIC.lots, catalogId);
    const typical = Math.round(lots * (0.5 + (lot % 1000) / 1000));
    const count = lot / 2 ** 32 < BIG_SALE_SHARE ? typical * BIG_SALE_FACTOR : typical;
    const section = String.fromCharCode('A'.charCodeAt(0) + (lot % 26));
    // The upper half is left free, so that counting on from here stays in int32.
    const firstId = lot >>> 2;
    let text = '';
    for (let n = 1; n <= count; n++) {
      text += `${n > 1 ? ',' : ''}{"id":${firstId + n},"lotNumber":${n % 97 === 0 ? 'null' : `"${section}-${n}"`}}`;
    }
    return text;
  }
}

function summary(catalog: SandboxCatalog): Omit<SandboxCatalog, 'sellerIds'> {
  const { sellerIds: _, ...fields } = catalog;
  return fields;
}

function nested({ id, name, customerDisplayId, isActive }: SandboxSeller) {
  return { id, name, customerDisplayId, isActive, displayId: null };
}

function there<T>(record: T | null): T {
  if (record === null) throw new Error('a list of the sandbox names a record that does not exist');
  return record;
}
