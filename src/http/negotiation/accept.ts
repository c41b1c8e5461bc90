import type { IncomingHttpHeaders } from 'node:http';
import { weightsOf } from './weights.ts';

/** What GraphQL over HTTP can answer with. */
export type MediaType = 'application/json' | 'application/graphql-response+json';

export function acceptsHtml({ accept }: IncomingHttpHeaders): boolean {
  return (weightsOf(accept).get('text/html') ?? 0) > 0;
}

export function acceptsGzip(headers: IncomingHttpHeaders): boolean {
  const weights = weightsOf(headers['accept-encoding']);
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0;
}

/**
 * The newer media type for those who name it and do not like JSON better. JSON for all others, those too who accept
 * neither: an error they can look at says more than an empty 406, and RFC 9110 (12.4.1) leaves us the choice.
 */
export function negotiateMediaType({ accept }: IncomingHttpHeaders): MediaType {
  const weights = weightsOf(accept);
  const json = weights.get('application/json') ?? weights.get('application/*') ?? weights.get('*/*') ?? 0;
  const graphqlResponse = weights.get('application/graphql-response+json') ?? 0;
  return graphqlResponse > 0 && graphqlResponse >= json
    ? 'application/graphql-response+json'
    : 'application/json';
}
