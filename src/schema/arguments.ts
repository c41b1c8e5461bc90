import { BadUserInput } from '../domain/errors.ts';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, type PageRequest } from '../domain/page.ts';
import { searchWords } from '../repository/index.ts';
import { builder } from './builder.ts';

const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;

/** The arguments `page` and `pageSize` of every paginated field. */
export const pageArguments = builder.args((t) => ({
  page: t.int({
    required: true,
    defaultValue: 1,
    description: 'Page number, starting at 1. A page past the end is empty.',
  }),
  pageSize: t.int({
    required: true,
    defaultValue: DEFAULT_PAGE_SIZE,
    description: `Number of items per page, 1 to ${MAX_PAGE_SIZE}.`,
  }),
}));

/** @throws BadUserInput naming the argument, its value and its bounds. */
export function pageRequest({ page, pageSize }: PageRequest): PageRequest {
  return {
    page: within('page', page, 1, INT32_MAX),
    pageSize: within('pageSize', pageSize, 1, MAX_PAGE_SIZE),
  };
}

/**
 * The int32 value of an ID. Only the plain decimal form is valid, so that each record has exactly one ID.
 * @throws BadUserInput naming the argument, its value and its bounds.
 */
export function idArgument(name: string, value: string): number {
  const id = /^(0|-?[1-9]\d{0,9})$/.test(value) ? Number(value) : Number.NaN;
  if (id >= INT32_MIN && id <= INT32_MAX) return id;
  throw new BadUserInput(
    `${name} must be a whole number from ${INT32_MIN} to ${INT32_MAX}, not ${quote(value)}.`,
  );
}

/** The filter with its id as an int32. @throws BadUserInput for an invalid id. */
export function filterArgument<F extends { readonly id?: string | null | undefined }>(
  filter: F | null | undefined,
): (Omit<F, 'id'> & { id?: number }) | undefined {
  if (!filter) return undefined;
  const { id, ...rest } = filter;
  return typeof id === 'string' ? { ...rest, id: idArgument('filter.id', id) } : rest;
}

export const MAX_IDS = 200;

/** The int32 values of a list of IDs. @throws BadUserInput for more than 200 ids, or an invalid one. */
export function idsArgument(name: string, values: readonly string[]): readonly number[] {
  if (values.length > MAX_IDS)
    throw new BadUserInput(`${name} must have at most ${MAX_IDS} ids, not ${values.length}.`);
  return values.map((value) => idArgument(name, value));
}

const MAX_SEARCH_LENGTH = 100;

/** The arguments `search` and `orderBy`. @throws BadUserInput for an invalid search. */
export function arrangementArguments<O>({
  search,
  orderBy,
}: {
  readonly search?: string | null | undefined;
  readonly orderBy?: O | null | undefined;
}): { readonly search: string | undefined; readonly orderBy: O | undefined } {
  return { search: searchArgument(search), orderBy: orderBy ?? undefined };
}

interface ListArguments extends PageRequest {
  readonly filter?: { readonly id?: string | null } | null;
  readonly search?: string | null;
}

/** Checks the arguments of a list. @throws BadUserInput for a page, a filter or a search that is invalid. */
export function checkListArguments({ filter, search, ...page }: ListArguments): void {
  pageRequest(page);
  filterArgument(filter);
  searchArgument(search);
}

/** The arguments `from`, `to` and `sellerIds`. @throws BadUserInput for `from` after `to`, and for invalid ids. */
export function upcomingArguments({
  from,
  to,
  sellerIds,
}: {
  readonly from?: Date | null | undefined;
  readonly to?: Date | null | undefined;
  readonly sellerIds?: readonly string[] | null | undefined;
}) {
  if (from && to && from > to)
    throw new BadUserInput(`from must not be after to: ${from.toISOString()} is after ${to.toISOString()}.`);
  return {
    from: from ?? null,
    to: to ?? null,
    sellerIds: sellerIds ? idsArgument('sellerIds', sellerIds) : ('all' as const),
  };
}

/** A search, undefined without one. @throws BadUserInput naming the argument, its value and its bounds. */
function searchArgument(search: string | null | undefined): string | undefined {
  if (search === null || search === undefined) return undefined;
  const isValid =
    // In the JSON of a request, U+FFFD stands for half a surrogate pair, so it is refused.
    search.isWellFormed() &&
    !search.includes('\ufffd') &&
    [...search].length <= MAX_SEARCH_LENGTH &&
    searchWords(search).length > 0;
  if (isValid) return search;
  throw new BadUserInput(
    `search must be from 1 to ${MAX_SEARCH_LENGTH} characters of valid Unicode, with a letter or a digit among them, not ${quote(search.toWellFormed())}.`,
  );
}

function within(name: string, value: number, min: number, max: number): number {
  if (value >= min && value <= max) return value;
  throw new BadUserInput(`${name} must be from ${min} to ${max}, not ${value}.`);
}

function quote(value: string): string {
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 40).toWellFormed()}…` : value);
}
