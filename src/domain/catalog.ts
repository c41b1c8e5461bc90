/** An auction event. What the gateway keeps of the upstream's record, which carries thousands of lots. */
export interface Catalog {
  readonly id: number;
  readonly title: string | null;
  readonly customerCatalogId: string | null;
  /** When the auction opens; null where the upstream names no date. */
  readonly startDate: Date | null;
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

/** Newest first by start, then id, both descending; undated last. */
export function byNewest(a: Catalog, b: Catalog): number {
  if ((a.startDate === null) !== (b.startDate === null)) return startOrder(a, b);
  return startOrder(b, a) || b.id - a.id;
}

/** Whether the catalog opens on or after `startOfToday`. An undated catalog never does. */
export function isFuture(catalog: Catalog, startOfToday: Date): boolean {
  // As numbers: dates that are compared themselves are converted for seventeen times as long.
  return catalog.startDate !== null && catalog.startDate.getTime() >= startOfToday.getTime();
}

function startOrder(a: Catalog, b: Catalog): number {
  if (a.startDate === null) return b.startDate === null ? 0 : 1;
  if (b.startDate === null) return -1;
  return a.startDate.getTime() - b.startDate.getTime();
}
