import type { List } from './list.ts';

/** One page of a list, with where it stands in the whole. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly page: number;
  readonly pageSize: number;
  readonly totalItems: number;
  readonly totalPages: number;
  readonly hasPreviousPage: boolean;
  readonly hasNextPage: boolean;
}

/** Which page is asked for: `page` counts from 1, `pageSize` from 1 to {@link MAX_PAGE_SIZE}. */
export interface PageRequest {
  readonly page: number;
  readonly pageSize: number;
}

export const DEFAULT_PAGE_SIZE = 25;
export const MAX_PAGE_SIZE = 200;

/** Cuts one page out of the whole list. A page past the end is empty and still tells the true totals. */
export function paginate<T>(list: List<T>, { page, pageSize }: PageRequest): Page<T> {
  const start = (page - 1) * pageSize;
  const totalPages = Math.max(1, Math.ceil(list.length / pageSize));
  return {
    items: list.slice(start, start + pageSize),
    page,
    pageSize,
    totalItems: list.length,
    totalPages,
    hasPreviousPage: page > 1,
    hasNextPage: page < totalPages,
  };
}
