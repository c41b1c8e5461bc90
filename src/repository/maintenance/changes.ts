import { boundedTags } from '../many-tags.ts';
import { catalogsOfSellerTag, catalogTag, SELLERS, sellerTag } from '../keys.ts';
import { inSlices } from './slices.ts';
import type { SellerSnapshot, Snapshot } from './snapshot.ts';

/** What differs between two snapshots. */
export interface Changes {
  /** Sellers and catalogs that were added, changed, moved or removed; the order of the list is one more. */
  readonly count: number;
  /** Of all that shows what has changed, or showed it, and of nothing else; of everything where those are too many. */
  readonly tags: readonly string[];
}

const NO_CATALOGS: ReadonlyMap<number, bigint> = new Map();

export async function changesBetween(before: Snapshot, after: Snapshot): Promise<Changes> {
  const sellers = new Set<number>();
  const catalogs = new Set<number>();
  const tags = new Set<string>();
  await inSlices(new Set([...before.keys(), ...after.keys()]), (id) => {
    const [was, is] = [before.get(id), after.get(id)];
    if (was?.digest !== is?.digest) {
      sellers.add(id);
      tags.add(sellerTag(id));
    }
    const differing = differingCatalogs(was, is);
    for (const catalog of differing) {
      catalogs.add(catalog);
      tags.add(catalogTag(catalog));
    }
    // What a seller shows comes and goes with it, also where that is nothing.
    if (differing.length > 0 || !was || !is) tags.add(catalogsOfSellerTag(id));
  });
  const reordered = isReordered(before, after);
  if (sellers.size > 0 || reordered) tags.add(SELLERS);
  return { count: sellers.size + catalogs.size + (reordered ? 1 : 0), tags: boundedTags(tags) };
}

/** A catalog that moved differs at both of its sellers: one lost it and one gained it. */
function differingCatalogs(was: SellerSnapshot | undefined, is: SellerSnapshot | undefined): number[] {
  const [before, after] = [was?.catalogs ?? NO_CATALOGS, is?.catalogs ?? NO_CATALOGS];
  const ids = new Set([...before.keys(), ...after.keys()]);
  return [...ids].filter((id) => before.get(id) !== after.get(id));
}

/** Whether those that are in both have another order. One that comes or goes moves the others, and reorders none. */
function isReordered(before: Snapshot, after: Snapshot): boolean {
  const stayed = [...after.keys()].filter((id) => before.has(id));
  const order = [...before.keys()].filter((id) => after.has(id));
  return stayed.some((id, index) => id !== order[index]);
}
