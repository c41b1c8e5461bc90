import { HttpResponse } from 'msw';

/** A record as the upstream sends it. The type is open, so that a test can put an invalid value into any field. */
export type UpstreamRecord = Record<string, unknown>;

/** A problem+json response (RFC 7807), as the upstream sends it. */
export function problem(status: number, headers: Record<string, string> = {}): Response {
  return HttpResponse.json(
    { title: `Problem ${status}`, status },
    { status, headers: { 'content-type': 'application/problem+json', ...headers } },
  );
}

/** One page of a filtered list, as the upstream pages it. */
export function page(
  records: readonly UpstreamRecord[],
  query: URLSearchParams,
  cap = Number.POSITIVE_INFINITY,
): Response {
  const size = Math.min(Number(query.get('PageSize') ?? 10), cap);
  const pageNumber = Number(query.get('PageNumber') ?? 1);
  const totalPages = Math.ceil(records.length / size);
  return HttpResponse.json({
    items: records.slice((pageNumber - 1) * size, pageNumber * size),
    pageNumber,
    totalPages,
    totalItems: records.length,
    hasPreviousPage: pageNumber > 1,
    hasNextPage: pageNumber < totalPages,
  });
}

const CONTAINED = new Set(['Name', 'Title', 'Agent', 'CustomerCatalogId']);
const PAGING = new Set(['PageSize', 'PageNumber', 'SellerIds']);

/** The records that match the upstream's filters. */
export function select(
  records: readonly UpstreamRecord[],
  query: URLSearchParams,
): readonly UpstreamRecord[] {
  const sellerIds = new Set(query.getAll('SellerIds').map(Number));
  return records.filter((record) => {
    const sellers = Array.isArray(record.sellers) ? record.sellers : [];
    if (sellerIds.size > 0 && !sellers.some((seller) => sellerIds.has(seller.id))) return false;
    return [...query].every(([name, asked]) => PAGING.has(name) || matches(record, name, asked));
  });
}

function matches(record: UpstreamRecord, name: string, asked: string): boolean {
  const value = String(record[name.charAt(0).toLowerCase() + name.slice(1)] ?? '');
  if (name === 'StartDate') return value >= asked;
  if (name === 'EndDate') return value <= asked;
  if (CONTAINED.has(name)) return value.toLowerCase().includes(asked.toLowerCase());
  return value === asked;
}
