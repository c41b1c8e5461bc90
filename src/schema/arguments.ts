import { BadUserInput } from '../domain/errors.ts';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, type PageRequest } from '../domain/page.ts';
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

function within(name: string, value: number, min: number, max: number): number {
  if (value >= min && value <= max) return value;
  throw new BadUserInput(`${name} must be from ${min} to ${max}, not ${value}.`);
}

function quote(value: string): string {
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 40).toWellFormed()}…` : value);
}
