import type { RecordedEntry } from '../cache/index.ts';
import { KEYS, UPCOMING } from './keys.ts';

type Read = Pick<RecordedEntry, 'keyClass' | 'tier'>;

/** Number of upstream calls of a response. A list counts as one, whatever its number of pages. */
export interface UpstreamCalls {
  /** Calls needed without any cache. */
  readonly needed: number;
  /** Calls made because the caches lacked data. */
  readonly made: number;
}

/**
 * Counts the upstream calls behind the reads of one request. If the count is uncertain, it errs towards fewer needed and
 * more made: a load that several requests shared counts as made by each.
 */
export function countUpstreamCalls(entries: readonly Read[]): UpstreamCalls {
  const loaded = entries.filter(isLoaded);
  return { needed: callsFor(entries), made: loaded.length > 0 ? callsFor(loaded) : 0 };
}

function callsFor(entries: readonly Read[]): number {
  const byClass = Map.groupBy(entries, ({ keyClass }) => keyClass);
  const of = (name: string) => byClass.get(name) ?? [];
  const [seller, catalog] = [of(KEYS.seller.name), of(KEYS.catalog.name)];
  return (
    // It is made of the list of sellers and their catalogs. It has several records if it was made without Redis.
    2 * Math.min(1, of(UPCOMING).length) +
    // Without a cache, a seller found in the list would need a call of its own.
    usefulReads(of(KEYS.sellers.name), seller) +
    seller.length +
    of(KEYS.filteredSellers.name).length +
    // One call brings the lists of any number of sellers.
    Math.min(1, usefulReads(of(KEYS.catalogs.name), catalog)) +
    catalog.length +
    Math.min(1, of(KEYS.filteredCatalogs.name).length)
  );
}

/** Number of useful list reads: a read by id follows a list read that did not find the record. */
function usefulReads(lists: readonly Read[], byId: readonly Read[]): number {
  const held = lists.filter((each) => !isLoaded(each));
  return lists.length - Math.min(held.length, byId.length);
}

function isLoaded({ tier }: Read): boolean {
  return tier === 'load';
}
