import type { List } from '../domain/list.ts';
import { MAX_PAGE_SIZE, type Page, type PageRequest, paginate } from '../domain/page.ts';
import { oncePerObject, remembered } from './once-per-object.ts';

// Clients page through a list with one page size. Pages take a few hundred bytes.
const MAX_PAGES_PER_LIST = 20;

const pagesOf = oncePerObject((_: List<unknown>) => new Map<number, Page<unknown>>());

/** A page of an immutable list: the same object each time, as long as the page is remembered. */
export function pageOf<T>(list: List<T>, request: PageRequest): Page<T> {
  const pages = pagesOf(list) as Map<number, Page<T>>;
  const number = request.page * (MAX_PAGE_SIZE + 1) + request.pageSize;
  return remembered(pages, MAX_PAGES_PER_LIST, number, () => paginate(list, request));
}
