import { CombinedGraphQLErrors } from '@apollo/client';
import type { useQuery } from '@apollo/client/react';
import { useState } from 'react';

export type Shown<Data> = ReturnType<typeof useShown<Data>>;

/**
 * What a panel shows of a query. While other variables are loading, the earlier data stays; after a failure only if it
 * belongs to the same variables. There may be data and errors.
 */
export function useShown<Data>(
  query: Pick<useQuery.Result<Data>, 'loading' | 'error' | 'variables' | 'refetch'> & {
    data?: Data | undefined;
  },
) {
  const { data, loading, error, variables, refetch } = query;
  const key = JSON.stringify(variables);
  const [kept, setKept] = useState<{ readonly key: string; readonly data: Data }>();
  if (data && kept?.data !== data) setKept({ key, data });
  const errors = CombinedGraphQLErrors.is(error)
    ? error.errors
    : [{ message: 'The gateway does not answer.' }];
  return {
    data: data ?? (loading || kept?.key === key ? kept?.data : undefined),
    loading,
    errors: error ? errors.map(({ message }) => message) : [],
    retry: () => void refetch().catch(() => {}),
  };
}
