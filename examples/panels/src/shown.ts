import { CombinedGraphQLErrors } from '@apollo/client';
import type { useQuery } from '@apollo/client/react';
import { useState } from 'react';

type Query<Data> = Pick<useQuery.Result, 'loading' | 'error' | 'variables' | 'refetch'> & {
  data?: Data | undefined;
};

/** What a panel shows. Earlier data stays while more is loading, and after a failure if it has the same variables. */
export function useShown<Data>({ data, loading, error, variables, refetch }: Query<Data>) {
  const key = JSON.stringify(variables);
  const [kept, setKept] = useState<{ readonly key: string; readonly data: Data }>();
  if (data && kept?.data !== data) setKept({ key, data });
  const noAnswer = [{ message: 'The gateway does not answer.' }];
  const errors = CombinedGraphQLErrors.is(error) ? error.errors : noAnswer;
  return {
    data: data ?? (loading || kept?.key === key ? kept?.data : undefined),
    loading,
    errors: error ? errors.map(({ message }) => message) : [],
    retry: () => void refetch().catch(() => {}),
  };
}
