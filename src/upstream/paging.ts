import { bulkhead } from 'cockatiel';
import type { ListPage, RejectedItem } from './payloads.ts';

export interface WholeList<T> {
  readonly items: readonly T[];
  readonly rejected: readonly RejectedItem[];
}

export interface PagingOptions {
  /** How many pages are read at once. */
  readonly concurrency: number;
  /** The pages contradict each other or their totals, and are read once more. */
  readonly onShift: () => void;
}

/** Two readings of a list in a row did not hold what the source says it has. */
export class IncompleteList extends Error {
  override name = 'IncompleteList' as const;
  readonly expected: number;
  readonly found: number;

  constructor({ expected, found }: Reading<unknown>) {
    super(`the list has ${expected} items by its own account, and ${found} were found`);
    this.expected = expected;
    this.found = found;
  }
}

/** All pages of a list, read once. */
interface Reading<T> extends WholeList<T> {
  /** Of each item, in the order of the list; null for a rejected item whose id cannot be read. */
  readonly ids: readonly (number | null)[];
  /** How many items the source says the list has: the most that any page says. */
  readonly expected: number;
  /** How many different items were found, those left out included. */
  readonly found: number;
  /** Whether the totals changed, or a page was gone, between the first page and the last. */
  readonly hasMoved: boolean;
  /** Whether two pages hold the same, as those of a source that pays no heed to the page number. */
  readonly hasPageTwice: boolean;
}

/**
 * Reads every page of a list, page 1 first and then the rest side by side. What was found, with what was rejected, must
 * be what the source says it has. A list that is not, or that moved while it was read, is read once more. It is then
 * taken if it is whole by its own account, each id once. A source that gives the same ids in both readings, some of
 * them twice, repeats them; the list is then in the order of the ids.
 *
 * `readPage` gives null for a page that is not there (404), which a shorter list no longer has.
 * @throws IncompleteList for a list that is not whole the second time either; and what `readPage` throws.
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
 * No more pages are asked for than can be read at once: a page's deadline counts from there, and a long list does
 * not queue up before everybody else.
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
    // A last page with a page after it is of a list that has one item more at least.
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

/** Whether the source counts an id as often as it gives it: the same ids in both readings, and no page twice. */
function isRepeated(first: Reading<unknown>, second: Reading<unknown>): boolean {
  return (
    !second.hasMoved &&
    !second.hasPageTwice &&
    second.ids.length === second.expected &&
    first.ids.join() === second.ids.join()
  );
}
