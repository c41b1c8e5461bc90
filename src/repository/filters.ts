import { createHash } from 'node:crypto';

/** A filter as a caller has it: itself and any field of it may be null, which narrows nothing. */
export type FilterInput<F> = { readonly [K in keyof F]?: F[K] | null | undefined } | null | undefined;

/** The filter without what does not narrow, names in order: filters that mean the same are the same in this form. */
export function canonicalFilter<F extends object>(filter: FilterInput<F>): F | undefined {
  const entries = Object.entries(filter ?? {}).filter(([, value]) => value !== null && value !== undefined);
  if (entries.length === 0) return undefined;
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))) as F;
}

// Readable while it is short; a search for a thousand characters is no key.
const LONGEST_READABLE = 120;

/** A key for a canonical filter, bounded in length; two filters have two keys. */
export function filterKey(filter: object): string {
  const query = new URLSearchParams(
    Object.entries(filter).map(([name, value]): [string, string] => [
      name,
      value instanceof Date ? value.toISOString() : String(value),
    ]),
  ).toString();
  if (query.length <= LONGEST_READABLE) return query;
  return `sha256_${createHash('sha256').update(query).digest('hex')}`;
}
