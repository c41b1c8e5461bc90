import { type Catalog, futureOf } from '../domain/catalog.ts';
import type { List } from '../domain/list.ts';
import type { BusinessDay } from './business-day.ts';

/** The catalogs of a list, soonest first, that are future on a day. */
export type FutureCatalogs = (list: List<Catalog>, day: BusinessDay) => List<Catalog>;

/**
 * Filters each list once a day: lists are immutable and shared by all readers of their entry. The cache keeps the list of
 * all catalogs; the filtered list is garbage-collected with it.
 */
export function createFutureCatalogs(): FutureCatalogs {
  const judged = new WeakMap<List<Catalog>, { readonly on: number; readonly future: List<Catalog> }>();
  return (list, { startsAt }) => {
    const known = judged.get(list);
    if (known?.on === startsAt.getTime()) return known.future;
    const future = futureOf(list, startsAt);
    judged.set(list, { on: startsAt.getTime(), future });
    return future;
  };
}
