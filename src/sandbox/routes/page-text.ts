import type { Selection } from './lists.ts';

/** The JSON of one page; `item` gives that of one record. A page past the end is empty, with true totals. */
export function pageText(selection: Selection, maxPageSize: number, item: (id: number) => string): string {
  const { ids, pageNumber } = selection;
  const size = Math.min(selection.pageSize, maxPageSize);
  const totalPages = Math.ceil(ids.length / size);
  const items = Array.from(ids.subarray((pageNumber - 1) * size, pageNumber * size), item);
  const position = JSON.stringify({
    pageNumber,
    totalPages,
    totalItems: ids.length,
    hasPreviousPage: pageNumber > 1,
    hasNextPage: pageNumber < totalPages,
  });
  return `{"items":[${items.join(',')}],${position.slice(1)}`;
}
