import type { Catalog } from '../domain/catalog.ts';
import { type List, viewOf } from '../domain/list.ts';
import { after, type MaybePromise } from '../domain/maybe-promise.ts';
import {
  type CatalogOrder,
  catalogComparator,
  type Order,
  type SellerOrder,
  sellerComparator,
} from '../domain/order.ts';
import type { Seller } from '../domain/seller.ts';
import { onceMade, oncePerObject, remembered } from './once-per-object.ts';
import { createSearchIndex, type SearchIndex } from './search-index.ts';
import { requiredWords } from './search-words.ts';
import { sortInSlices } from './sorting.ts';

/** What a client wants of a list: the items that match a search, in an order. */
export interface Arrangement<O> {
  /** Every word must begin a word of the item. At least one letter or digit. Undefined matches all. */
  readonly search?: string | undefined;
  /** Undefined keeps the order of the list. */
  readonly orderBy?: O | undefined;
  /** Only the items at these positions of the list, from `start` (inclusive) to `end` (exclusive). Undefined: all. */
  readonly range?: Range | undefined;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

// Most clients ask for what opens from today on, or from a day on. A range with its pages takes a few kilobytes.
const MAX_RANGES_PER_LIST = 100;
// No entry has as many items.
const MAX_LENGTH = 2 ** 26;

const rangesOf = oncePerObject((_: List<unknown>) => new Map<number, List<unknown>>());

/** Arranges a list. What it computes of a list is computed once, and is garbage-collected with the list. */
type Arrange<T, O> = (list: List<T>, arrangement: Arrangement<O>) => MaybePromise<List<T>>;

/** Searches and orders lists that the cache holds. */
export interface Arrangements {
  readonly sellers: Arrange<Seller, SellerOrder>;
  readonly catalogs: Arrange<Catalog, CatalogOrder>;
}

/** Names and titles are ordered by the Unicode collation of the locale, a BCP 47 tag. */
export function createArrangements(locale: string): Arrangements {
  const { compare } = new Intl.Collator(locale, { numeric: true });
  return {
    sellers: createArrange(
      ({ name, customerDisplayId }: Seller) => [name, customerDisplayId?.toString() ?? null],
      (order: SellerOrder) => sellerComparator(order, compare),
    ),
    catalogs: createArrange(
      ({ title, customerCatalogId }: Catalog) => [title, customerCatalogId],
      (order: CatalogOrder) => catalogComparator(order, compare),
    ),
  };
}

/** A list in an order: the items, and their positions in the list. */
interface Ordered<T> {
  readonly items: readonly T[];
  readonly positions: readonly number[];
}

function createArrange<T, O extends Order<string>>(
  textsOf: (item: T) => readonly (string | null)[],
  comparatorOf: (order: O) => (a: T, b: T) => number,
): Arrange<T, O> {
  const indexes = new WeakMap<List<T>, MaybePromise<SearchIndex>>();
  const ordersOf = oncePerObject((_: List<T>) => new Map<string, MaybePromise<Ordered<T>>>());

  return (list, { search, orderBy, range }) => {
    if (search === undefined && !orderBy) return range ? rangeOf(list, range) : list;
    return after(orderBy && orderedBy(list, orderBy), (ordered) => {
      if (search === undefined)
        return ordered && !range ? ordered.items : itemsAt(list, ordered?.positions ?? [], range);
      return after(indexOf(list), (index) => {
        const found = index.find(requiredWords(search));
        return itemsAt(list, ordered ? inOrder(found, ordered.positions) : found, range);
      });
    });
  };

  function indexOf(list: List<T>): MaybePromise<SearchIndex> {
    return onceMade(indexes, list, () => createSearchIndex(list, textsOf));
  }

  function orderedBy(list: List<T>, orderBy: O): MaybePromise<Ordered<T>> {
    const name = `${orderBy.field} ${orderBy.direction}`;
    return onceMade(ordersOf(list), name, () => sorted(list, comparatorOf(orderBy)));
  }
}

/** The range of the list: the same object each time, as long as it is remembered. */
function rangeOf<T>(list: List<T>, { start, end }: Range): List<T> {
  const number = start * MAX_LENGTH + end;
  return remembered(rangesOf(list) as Map<number, List<T>>, MAX_RANGES_PER_LIST, number, () =>
    viewOf(list, start, end),
  );
}

function itemsAt<T>(list: List<T>, positions: readonly number[], range: Range | undefined): readonly T[] {
  return within(positions, range).map((position) => list.at(position) as T);
}

function sorted<T>(list: List<T>, compare: (a: T, b: T) => number): MaybePromise<Ordered<T>> {
  const items = list.slice();
  const positions = sortInSlices([...items.keys()], (a, b) => compare(items[a] as T, items[b] as T));
  return after(positions, (ordered) => ({
    positions: ordered,
    items: ordered.map((position) => items[position] as T),
  }));
}

function within(positions: readonly number[], range: Range | undefined): readonly number[] {
  if (!range) return positions;
  return positions.filter((position) => position >= range.start && position < range.end);
}

/** The found positions in an order of all positions. */
function inOrder(found: readonly number[], positions: readonly number[]): readonly number[] {
  const isFound = new Uint8Array(positions.length);
  for (const position of found) isFound[position] = 1;
  return positions.filter((position) => isFound[position]);
}
