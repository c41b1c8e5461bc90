import type { IncomingHttpHeaders } from 'node:http';
import { LRUCache } from 'lru-cache';

/** The media types of a GraphQL response (GraphQL over HTTP). */
export type MediaType = 'application/json' | 'application/graphql-response+json';

export function acceptsHtml({ accept }: IncomingHttpHeaders): boolean {
  return (weightsOf(accept).get('text/html') ?? 0) > 0;
}

export function acceptsGzip(headers: IncomingHttpHeaders): boolean {
  const weights = weightsOf(headers['accept-encoding']);
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0;
}

/**
 * The newer media type for clients that name it and do not prefer JSON. JSON for all others, even for a client that
 * accepts neither: a readable error says more than an empty 406, and RFC 9110 (12.4.1) allows it.
 */
export function negotiateMediaType({ accept }: IncomingHttpHeaders): MediaType {
  const weights = weightsOf(accept);
  const json = weights.get('application/json') ?? weights.get('application/*') ?? weights.get('*/*') ?? 0;
  const graphqlResponse = weights.get('application/graphql-response+json') ?? 0;
  return graphqlResponse > 0 && graphqlResponse >= json
    ? 'application/graphql-response+json'
    : 'application/json';
}

/** The values of an Accept header, or of a similar one, with their weights (RFC 9110, 12.4.2). Other parameters are ignored. */
export function weightsOf(header: string | undefined): ReadonlyMap<string, number> {
  const items = (header ?? '').toLowerCase().split(',');
  return new Map(
    items.map((item) => {
      const [name = '', ...parameters] = item.split(';').map((part) => part.trim());
      const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
      return [name, Number(weight ?? 1) || 0];
    }),
  );
}

// Clients of one kind send the same header with every request, and there are few kinds. A longer header than any of
// them sends is an attack on the memory.
const MAX_HEADERS = 100;
const MAX_HEADER_LENGTH = 256;

/** Remembers the results of `read` for the latest headers. An absent header is read as an empty one. */
export function rememberHeaders<T extends NonNullable<unknown>>(
  read: (header: string) => T,
): (header: string | undefined) => T {
  const known = new LRUCache<string, T>({ max: MAX_HEADERS });
  return (header = '') => {
    const remembered = known.get(header);
    if (remembered !== undefined) return remembered;
    const result = read(header);
    if (header.length <= MAX_HEADER_LENGTH) known.set(header, result);
    return result;
  };
}
