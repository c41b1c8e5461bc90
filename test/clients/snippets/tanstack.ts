import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';

// #region query
interface Fault {
  readonly message: string;
  readonly extensions: { readonly code: string };
}

/** A query of TanStack Query for a typed document. Its data has the fields that were loaded, beside the errors. */
export const graphqlQuery = <D, V>(url: string, document: TypedDocumentNode<D, V>, variables: V) =>
  ({
    queryKey: [print(document), variables] as const,
    queryFn: async ({ signal }: { signal: AbortSignal }) => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
        body: JSON.stringify({ query: print(document), variables }),
        signal,
      });
      const { data, errors = [] } = (await response.json()) as { data: D | null; errors?: readonly Fault[] };
      // Without data, the query has failed, and TanStack Query retries it.
      if (!data) throw new Error(errors[0]?.message ?? 'The gateway did not answer.');
      return { data, errors };
    },
  }) as const;
// #endregion
