import { boundedTags, reachOf, SELLERS } from '../keys.ts';
import { inSlices } from '../slices.ts';
import type { SellerSnapshot, Snapshot } from './snapshot.ts';

/** The difference between two snapshots. */
export interface Changes {
  /** Number of sellers and catalogs that were added, changed, moved or removed; a new order of the list counts as one. */
  readonly count: number;
  /** The tags that the changes reach; those of everything if they are too many. */
  readonly tags: readonly string[];
}

const NO_CATALOGS: ReadonlyMap<number, bigint> = new Map();

/** A moved catalog differs at its old and its new seller, so both are invalidated. */
export async function changesBetween(before: Snapshot, after: Snapshot): Promise<Changes> {
  const sellers = new Set<number>();
  const catalogs = new Set<number>();
  const tags = new Set<string>();
  await inSlices(new Set([...before.keys(), ...after.keys()]), (id) => {
    const [was, is] = [before.get(id), after.get(id)];
    if (was?.digest !== is?.digest) {
      sellers.add(id);
      for (const tag of reachOf({ entity: 'seller', id, sellerIds: [] })) tags.add(tag);
    }
    for (const catalog of differingCatalogs(was, is)) {
      catalogs.add(catalog);
      for (const tag of reachOf({ entity: 'catalog', id: catalog, sellerIds: [id] })) tags.add(tag);
    }
  });
  const reordered = isReordered(before, after);
  // Only lists show the order.
  if (reordered) tags.add(SELLERS);
  return { count: sellers.size + catalogs.size + (reordered ? 1 : 0), tags: boundedTags(tags) };
}

function differingCatalogs(was: SellerSnapshot | undefined, is: SellerSnapshot | undefined): number[] {
  const [before, after] = [was?.catalogs ?? NO_CATALOGS, is?.catalogs ?? NO_CATALOGS];
  const ids = new Set([...before.keys(), ...after.keys()]);
  return [...ids].filter((id) => before.get(id) !== after.get(id));
}

/** Whether the sellers in both snapshots have another order. Added and removed sellers do not reorder the others. */
function isReordered(before: Snapshot, after: Snapshot): boolean {
  const stayed = [...after.keys()].filter((id) => before.has(id));
  const order = [...before.keys()].filter((id) => after.has(id));
  return stayed.some((id, index) => id !== order[index]);
}
