import type { IncomingHttpHeaders } from 'node:http';

/** The name that a client sends. Any client can send any name, so it appears in logs and decides nothing. */
export interface ClientName {
  readonly name: string;
  readonly version: string | null;
}

/** Reads the headers that Apollo Client sends, or `x-graphql-client-name` and `x-graphql-client-version`. */
export function clientNameOf(headers: IncomingHttpHeaders): ClientName | null {
  const name = headers['apollographql-client-name'] ?? headers['x-graphql-client-name'];
  if (typeof name !== 'string' || name === '') return null;
  const version = headers['apollographql-client-version'] ?? headers['x-graphql-client-version'];
  return { name, version: typeof version === 'string' && version !== '' ? version : null };
}
