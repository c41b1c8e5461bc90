import { type Catalog, isFuture } from '../domain/catalog.ts';
import type { BusinessDay } from './business-day.ts';

/** The catalogs of a list that are future on a day. */
export type FutureCatalogs = (list: readonly Catalog[], day: BusinessDay) => readonly Catalog[];

/**
 * Filters each list once a day: lists are immutable and shared by all readers of their entry. The cache keeps the list of
 * all catalogs; the filtered list is garbage-collected with it.
 */
export function createFutureCatalogs(): FutureCatalogs {
  const judged = new WeakMap<
    readonly Catalog[],
    { readonly on: number; readonly future: readonly Catalog[] }
  >();
  return (list, { startsAt }) => {
    const known = judged.get(list);
    if (known?.on === startsAt.getTime()) return known.future;
    const future = list.filter((catalog) => isFuture(catalog, startsAt));
    judged.set(list, { on: startsAt.getTime(), future });
    return future;
  };
}
