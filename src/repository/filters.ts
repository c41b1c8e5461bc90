import { createHash } from 'node:crypto';

/** A filter as given by a caller. The filter or any field may be null, which does not restrict the result. */
export type FilterInput<F> = { readonly [K in keyof F]?: F[K] | null | undefined } | null | undefined;

/** The filter without null fields, sorted by name: equivalent filters have the same canonical form. */
export function canonicalFilter<F extends object>(filter: FilterInput<F>): F | undefined {
  const entries = Object.entries(filter ?? {}).filter(([, value]) => value !== null && value !== undefined);
  if (entries.length === 0) return undefined;
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))) as F;
}

// A short key stays readable; a longer one is hashed.
const MAX_READABLE_LENGTH = 120;

/** The key of a canonical filter, bounded in length and distinct for distinct filters. */
export function filterKey(filter: object): string {
  const fields = Object.entries(filter);
  if (fields.length === 0) return '';
  const query = new URLSearchParams(
    fields.map(([name, value]): [string, string] => [
      name,
      value instanceof Date ? value.toISOString() : String(value),
    ]),
  ).toString();
  if (query.length <= MAX_READABLE_LENGTH) return query;
  return `sha256_${createHash('sha256').update(query).digest('hex')}`;
}
