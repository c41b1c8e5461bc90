import { bulkhead } from 'cockatiel';
import type { ListPage, RejectedItem } from './payloads.ts';

export interface WholeList<T> {
  readonly items: readonly T[];
  readonly rejected: readonly RejectedItem[];
}

export interface PagingOptions {
  /** How many pages are read at once. */
  readonly concurrency: number;
  /** Called before a second reading, when the pages contradict each other or their totals. */
  readonly onShift: () => void;
}

/** Two readings in a row found another number of items than the source states. */
export class IncompleteList extends Error {
  override name = 'IncompleteList' as const;
  readonly expected: number;
  readonly found: number;

  constructor({ expected, found }: Reading<unknown>) {
    super(`the upstream states ${expected} items for the list, but ${found} were found`);
    this.expected = expected;
    this.found = found;
  }
}

/** All pages of a list, read once. */
interface Reading<T> extends WholeList<T> {
  /** The id of each item, in the order of the list; null for a rejected item whose id cannot be read. */
  readonly ids: readonly (number | null)[];
  /** How many items the source says the list has: the greatest total of its pages. */
  readonly expected: number;
  /** How many different items were found, including rejected ones. */
  readonly found: number;
  /** Whether the totals changed, or a page was missing, between the first page and the last. */
  readonly hasMoved: boolean;
  /** Whether two pages hold the same ids, as when a source ignores the page number. */
  readonly hasPageTwice: boolean;
}

/**
 * Reads every page of a list: page 1 first, then the rest in parallel. The items found, including rejected ones, must
 * be as many as the source states. If they are not, or if the list moved during the reading, it is read once more, and
 * accepted if it is whole then. Each id is returned once. If both readings give the same ids and some of them twice,
 * the source repeats them; the result is then ordered by id.
 *
 * `readPage` returns null for a page that does not exist (404), as when the list has become shorter.
 * @throws IncompleteList if the second reading is not whole either, and whatever `readPage` throws.
 */
export async function readWholeList<T extends { readonly id: number }>(
  readPage: (pageNumber: number) => Promise<ListPage<T> | null>,
  { concurrency, onShift }: PagingOptions,
): Promise<WholeList<T>> {
  const first = await readPages(readPage, concurrency);
  if (isWhole(first) && !first.hasMoved && !hasRepeats(first)) return first;
  onShift();
  const second = await readPages(readPage, concurrency);
  if (!isWhole(second) && !isRepeated(first, second)) throw new IncompleteList(second);
  if (!hasRepeats(second)) return second;
  const byId = new Map(second.items.map((item) => [item.id, item]));
  return { items: [...byId.values()].sort((a, b) => a.id - b.id), rejected: second.rejected };
}

/**
 * Requests no more pages at a time than can be read at once: the deadline of a page counts from its request, and a long
 * list must not fill the queue for others.
 */
async function readPages<T extends { readonly id: number }>(
  readPage: (pageNumber: number) => Promise<ListPage<T> | null>,
  concurrency: number,
): Promise<Reading<T>> {
  const first = await readPage(1);
  const rest = Array.from({ length: Math.max(0, (first?.totalPages ?? 0) - 1) }, (_, index) => index + 2);
  const readers = bulkhead(concurrency, rest.length);
  const stop = new AbortController();
  try {
    const read = rest.map((pageNumber) => readers.execute(() => readPage(pageNumber), stop.signal));
    return readingOf([first, ...(await Promise.all(read))]);
  } finally {
    stop.abort();
  }
}

function readingOf<T extends { readonly id: number }>(all: readonly (ListPage<T> | null)[]): Reading<T> {
  const pages = all.filter((page) => page !== null);
  const items = pages.flatMap((page) => page.items);
  const rejected = pages.flatMap((page) => page.rejected);
  const idsByPage = pages.map((page) => [...page.items, ...page.rejected].map(({ id }) => id));
  const ids = idsByPage.flat();
  const found = new Set(ids.filter((id) => id !== null)).size + ids.filter((id) => id === null).length;
  const [first, last] = [pages[0], all.at(-1)];
  const totalItems = pages.reduce((most, page) => Math.max(most, page.totalItems), 0);
  const pageTexts = idsByPage.filter((page) => page.length > 0).map((page) => page.join());
  return {
    items,
    rejected,
    ids,
    // If the last page says that there is a next one, the list has at least one item more.
    expected: last?.hasNextPage ? Math.max(totalItems, found + 1) : totalItems,
    found,
    hasMoved:
      pages.length < all.length ||
      pages.some((page) => page.totalItems !== first?.totalItems || page.totalPages !== first.totalPages),
    hasPageTwice: new Set(pageTexts).size < pageTexts.length,
  };
}

function isWhole({ found, expected }: Reading<unknown>): boolean {
  return found === expected;
}

function hasRepeats({ ids, found }: Reading<unknown>): boolean {
  return ids.length > found;
}

/** Whether the source counts repeated ids: the same ids in both readings, as many rows as its total, and no page twice. */
function isRepeated(first: Reading<unknown>, second: Reading<unknown>): boolean {
  return (
    !second.hasMoved &&
    !second.hasPageTwice &&
    second.ids.length === second.expected &&
    first.ids.join() === second.ids.join()
  );
}
