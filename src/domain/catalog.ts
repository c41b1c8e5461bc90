/** An auction event. What the gateway keeps of the upstream's record, which carries thousands of lots. */
export interface Catalog {
  readonly id: number;
  readonly title: string | null;
  readonly customerCatalogId: string | null;
  /** When the auction opens; null where the upstream names no date. */
  readonly startDate: Date | null;
  /** The shipping agent. */
  readonly agent: string | null;
  /** When the auction closes; null where the upstream names no date. */
  readonly endDate: Date | null;
  /** Null where the upstream does not say. */
  readonly isCompleted: boolean | null;
  /** The sellers whose lots are sold in it. */
  readonly sellerIds: readonly number[];
}

/** What a catalog list can be narrowed by; an absent field does not narrow. The dates are the upstream's range filters. */
export interface CatalogFilter {
  readonly id?: number;
  readonly customerCatalogId?: string;
  readonly agent?: string;
  readonly title?: string;
  readonly startDate?: Date;
  readonly endDate?: Date;
  readonly isCompleted?: boolean;
}

/** Soonest first by start, then id; undated last. A total order, so that a page is the same page every time. */
export function bySoonest(a: Catalog, b: Catalog): number {
  return startOrder(a, b) || a.id - b.id;
}

/** Whether the catalog opens on or after `startOfToday`. An undated catalog never does. */
export function isFuture(catalog: Catalog, startOfToday: Date): boolean {
  // As numbers: dates that are compared themselves are converted for seventeen times as long.
  return catalog.startDate !== null && catalog.startDate.getTime() >= startOfToday.getTime();
}

/** The position of the first catalog that opens at the instant or later, in a list of dated catalogs, soonest first. */
export function positionOf(instant: Date, dated: readonly Catalog[]): number {
  let [low, high] = [0, dated.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((dated[middle]?.startDate?.getTime() ?? 0) < instant.getTime()) low = middle + 1;
    else high = middle;
  }
  return low;
}

function startOrder(a: Catalog, b: Catalog): number {
  if (a.startDate === null) return b.startDate === null ? 0 : 1;
  if (b.startDate === null) return -1;
  return a.startDate.getTime() - b.startDate.getTime();
}
