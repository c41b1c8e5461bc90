import type { Clock } from '../../domain/clock.ts';
import { InvalidInput, UnknownRecord } from '../input.ts';
import type { SandboxSettings } from '../settings.ts';
import { generateCatalogs, type SandboxCatalog } from './catalogs.ts';
import { type CatalogChange, changedCatalog, type SellerChange } from './changes.ts';
import { generateSellers, type SandboxSeller } from './sellers.ts';

/** Every seller and catalog: what the seed gives, with the changes since. Lists of ids ascend. */
export interface Dataset {
  allSellerIds(): Int32Array;
  allCatalogIds(): Int32Array;
  /** The catalogs that any of the sellers has. */
  catalogIdsOf(sellerIds: Iterable<number>): Int32Array;
  seller(id: number): SandboxSeller | null;
  catalog(id: number): SandboxCatalog | null;
  /** Throws UnknownRecord. */
  changeSeller(id: number, change: SellerChange): void;
  /** Also creates a catalog, where the change names its sellers. Throws UnknownRecord, and InvalidInput for a seller that is not there. */
  changeCatalog(id: number, change: CatalogChange): void;
  /** Throws UnknownRecord. */
  removeCatalog(id: number): void;
}

export function createDataset(settings: SandboxSettings, clock: Pick<Clock, 'now'>): Dataset {
  const sellers = generateSellers(settings);
  const catalogs = generateCatalogs({ ...settings, sellerIds: sellers.ids, clock });
  const changedSellers = new Map<number, SandboxSeller>();
  // A changed catalog stands here whole, null once removed: from then on its dates no longer move with the day.
  const changedCatalogs = new Map<number, SandboxCatalog | null>();
  // They hold millions of ids in a large sandbox, so they are listed once; null until then and after a change.
  let sellerIds: Int32Array | null = null;
  let catalogIds: Int32Array | null = null;

  const dataset: Dataset = {
    allSellerIds() {
      sellerIds ??= Int32Array.from({ length: sellers.ids.count }, (_, position) => sellers.ids.at(position));
      return sellerIds;
    },

    allCatalogIds() {
      catalogIds ??= listCatalogIds();
      return catalogIds;
    },

    catalogIdsOf(ids) {
      const asked = new Set(ids);
      const found = new Set([...asked].flatMap(generatedCatalogIdsOf));
      for (const [id, catalog] of changedCatalogs) {
        if (catalog?.sellerIds.some((seller) => asked.has(seller))) found.add(id);
        else found.delete(id);
      }
      return Int32Array.from(found).sort();
    },

    seller(id) {
      const position = sellers.ids.positionOf(id);
      return changedSellers.get(id) ?? (position === -1 ? null : sellers.at(position));
    },

    catalog(id) {
      const changed = changedCatalogs.get(id);
      if (changed !== undefined) return changed;
      const position = catalogs.ids.positionOf(id);
      return position === -1 ? null : catalogs.at(position);
    },

    changeSeller(id, change) {
      const seller = dataset.seller(id);
      if (seller === null) throw new UnknownRecord(`seller ${id} does not exist`);
      changedSellers.set(id, { ...seller, ...change });
    },

    changeCatalog(id, change) {
      for (const sellerId of change.sellerIds ?? []) {
        if (dataset.seller(sellerId) === null)
          throw new InvalidInput(`sellerIds names seller ${sellerId}, which does not exist`);
      }
      changedCatalogs.set(id, changedCatalog(id, dataset.catalog(id), change, clock.now()));
      catalogIds = null;
    },

    removeCatalog(id) {
      if (dataset.catalog(id) === null) throw new UnknownRecord(`catalog ${id} does not exist`);
      changedCatalogs.set(id, null);
      catalogIds = null;
    },
  };
  return dataset;

  function generatedCatalogIdsOf(sellerId: number): readonly number[] {
    const position = sellers.ids.positionOf(sellerId);
    return position === -1 ? [] : catalogs.owners.catalogsOf(position).map(catalogs.ids.at);
  }

  function listCatalogIds(): Int32Array {
    const { ids } = catalogs;
    const generated = Int32Array.from({ length: ids.count }, (_, position) => ids.at(position));
    if (changedCatalogs.size === 0) return generated;
    const untouched = generated.filter((id) => !changedCatalogs.has(id));
    const changed = [...changedCatalogs].flatMap(([id, catalog]) => (catalog === null ? [] : [id]));
    return Int32Array.from([...untouched, ...changed]).sort();
  }
}
