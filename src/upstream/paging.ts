import { bulkhead } from 'cockatiel';
import type { ListPage } from './payloads.ts';

export interface WholeList<T> {
  readonly items: readonly T[];
  /** Items left out of the pages, by the field that was wrong. */
  readonly rejected: ReadonlyMap<string, number>;
}

export interface PagingOptions {
  /** How many pages are read at once. */
  readonly concurrency: number;
  /** The list changed while it was read, and is read once more. */
  readonly onShift: () => void;
}

/**
 * Reads every page of a list, page 1 first and then the rest side by side, believing the totals that the pages tell.
 * A list that moved meanwhile, told by its totals or by an id that comes twice, is read once more and then taken as
 * it is, each id once, and in the order of the ids where some still came twice. Throws what `readPage` throws.
 */
export async function readWholeList<T extends { readonly id: number }>(
  readPage: (pageNumber: number) => Promise<ListPage<T>>,
  { concurrency, onShift }: PagingOptions,
): Promise<WholeList<T>> {
  let pages = await readPages(readPage, concurrency);
  if (hasMoved(pages) || hasRepeats(pages)) {
    onShift();
    pages = await readPages(readPage, concurrency);
  }
  const byId = new Map(pages.flatMap((page) => page.items).map((item) => [item.id, item]));
  const items = [...byId.values()];
  return {
    items: hasRepeats(pages) ? items.sort((a, b) => a.id - b.id) : items,
    rejected: sum(pages.map((page) => page.rejected)),
  };
}

/**
 * No more pages are asked for than can be read at once: a page's deadline counts from there, and a long list does
 * not queue up before everybody else.
 */
async function readPages<T>(
  readPage: (pageNumber: number) => Promise<ListPage<T>>,
  concurrency: number,
): Promise<readonly ListPage<T>[]> {
  const first = await readPage(1);
  const rest = Array.from({ length: Math.max(0, first.totalPages - 1) }, (_, index) => index + 2);
  const readers = bulkhead(concurrency, rest.length);
  const stop = new AbortController();
  try {
    const read = rest.map((pageNumber) => readers.execute(() => readPage(pageNumber), stop.signal));
    return [first, ...(await Promise.all(read))];
  } finally {
    stop.abort();
  }
}

function hasMoved([first, ...rest]: readonly ListPage<unknown>[]): boolean {
  return rest.some((page) => page.totalItems !== first?.totalItems || page.totalPages !== first.totalPages);
}

function hasRepeats(pages: readonly ListPage<{ readonly id: number }>[]): boolean {
  const ids = pages.flatMap((page) => page.items).map((item) => item.id);
  return new Set(ids).size < ids.length;
}

function sum(counts: readonly ReadonlyMap<string, number>[]): ReadonlyMap<string, number> {
  const total = new Map<string, number>();
  for (const [field, count] of counts.flatMap((each) => [...each])) {
    total.set(field, (total.get(field) ?? 0) + count);
  }
  return total;
}
