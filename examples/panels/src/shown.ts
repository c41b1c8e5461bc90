import { CombinedGraphQLErrors, type OperationVariables, type TypedDocumentNode } from '@apollo/client';
import { useApolloClient, useQuery } from '@apollo/client/react';
import { print } from 'graphql';
import { useEffect, useEffectEvent, useState } from 'react';
import { live, POLL_MS, useConnection } from './live.ts';

/**
 * What a panel shows: the newest live response, or that of the query while there is none. Earlier data stays while more
 * is loading, and after a failure if it has the same variables.
 */
export function useShown<Data, V extends OperationVariables>(
  query: TypedDocumentNode<Data, V>,
  variables: V,
) {
  const client = useApolloClient();
  const connection = useConnection();
  const [isRefused, setRefused] = useState(false);
  const isLive = connection === 'live' && !isRefused;
  const pollInterval = connection === 'lost' || isRefused ? POLL_MS : 0;
  const result = useQuery<Data, OperationVariables>(query, { variables, errorPolicy: 'all', pollInterval });
  const { loading, error, refetch } = result;
  const key = JSON.stringify(variables);
  const [pushed, setPushed] = useState<{ readonly key: string; readonly data: Data }>();
  const data = isLive && pushed?.key === key ? pushed.data : (result.data as Data | undefined);
  const retry = () => void refetch().catch(() => {});

  const onNext = useEffectEvent((next: Data | null | undefined, hasErrors: boolean) => {
    // The query shows what has failed, and the whole response once it is there again.
    if (hasErrors || error) retry();
    if (hasErrors || !next) return setPushed(undefined);
    setPushed({ key, data: next });
    // So that it stays if the connection does not.
    client.writeQuery({ query, variables, data: next });
  });
  useEffect(() => {
    const again = isRefused && setTimeout(() => setRefused(false), POLL_MS);
    if (again) return () => clearTimeout(again);
    // The gateway has the fields of queries as subscriptions too.
    const subscription = print(client.cache.transformDocument(query)).replace(/^query/, 'subscription');
    return live.subscribe<Data>(
      { query: subscription, variables: JSON.parse(key) },
      {
        next: (result) => onNext(result.data, result.errors !== undefined),
        error: () => setRefused(true),
        complete: () => {},
      },
    );
  }, [client, query, key, isRefused]);

  const [kept, setKept] = useState<{ readonly key: string; readonly data: Data }>();
  if (data && kept?.data !== data) setKept({ key, data });
  const noAnswer = [{ message: 'The gateway does not answer.' }];
  const errors = CombinedGraphQLErrors.is(error) ? error.errors : noAnswer;
  const isKept = !data && (loading || kept?.key === key);
  return {
    data: isKept ? kept?.data : data,
    key: isKept ? kept?.key : key,
    loading,
    errors: error ? errors.map(({ message }) => message) : [],
    retry,
    isLive,
  };
}
