import type { RecordedEntry } from '../cache/index.ts';
import { KEYS } from './keys.ts';

type Read = Pick<RecordedEntry, 'keyClass' | 'tier'>;

/** How many calls to the upstream an answer takes. A list is one, however many pages it has. */
export interface UpstreamCalls {
  /** Where nothing is cached. */
  readonly needed: number;
  /** Those that were made, since the caches had not all. */
  readonly made: number;
}

/**
 * Counts the calls behind what one request read. Where that cannot be told, it errs towards fewer needed and more made:
 * a load that several requests shared counts as made by each.
 */
export function countUpstreamCalls(entries: readonly Read[]): UpstreamCalls {
  return { needed: callsFor(entries), made: callsFor(entries.filter(isLoaded)) };
}

function callsFor(entries: readonly Read[]): number {
  const of = (name: string) => entries.filter(({ keyClass }) => keyClass === name);
  const [seller, catalog] = [of(KEYS.seller.name), of(KEYS.catalog.name)];
  return (
    // A seller that was found in the list would have been asked for by itself.
    usefulReads(of(KEYS.sellers.name), seller) +
    seller.length +
    of(KEYS.filteredSellers.name).length +
    // The lists of any number of sellers come by one call.
    Math.min(1, usefulReads(of(KEYS.catalogs.name), catalog)) +
    catalog.length +
    Math.min(1, of(KEYS.filteredCatalogs.name).length)
  );
}

/** How many reads of lists were of use: what is read by its id has been looked for in a list before, in vain. */
function usefulReads(lists: readonly Read[], byId: readonly Read[]): number {
  const held = lists.filter((each) => !isLoaded(each));
  return lists.length - Math.min(held.length, byId.length);
}

function isLoaded({ tier }: Read): boolean {
  return tier === 'load';
}
