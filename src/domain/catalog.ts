import { type List, viewOf } from './list.ts';

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

/** The position of the first catalog that opens at the instant or later, in a list that is ordered soonest first. */
export function positionOf(instant: Date, list: List<Catalog>): number {
  return firstAtOrAfter(instant.getTime(), list);
}

/** The catalogs that open on or after `startOfToday`, of a list that is ordered soonest first. */
export function futureOf(list: List<Catalog>, startOfToday: Date): List<Catalog> {
  const start = positionOf(startOfToday, list);
  // The undated ones are last, and are not future.
  const end = firstAtOrAfter(Number.POSITIVE_INFINITY, list);
  return viewOf(list, start, end);
}

/** An undated catalog opens after all others. */
function firstAtOrAfter(instantMs: number, list: List<Catalog>): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const startsAt = list.at(middle)?.startDate?.getTime() ?? Number.POSITIVE_INFINITY;
    if (startsAt < instantMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

function startOrder(a: Catalog, b: Catalog): number {
  if (a.startDate === null) return b.startDate === null ? 0 : 1;
  if (b.startDate === null) return -1;
  return a.startDate.getTime() - b.startDate.getTime();
}
