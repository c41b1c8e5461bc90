import { createClient } from 'graphql-ws';
import relay, { type GraphQLResponse } from 'relay-runtime';

const { Observable } = relay;

// #region subscribe
/** The second argument of `Network.create`. */
export const createSubscribe = (url: string) => {
  const socket = createClient({ url, retryAttempts: Infinity, shouldRetry: () => true });
  return ({ text }: { readonly text?: string | null }, variables: Record<string, unknown>) =>
    Observable.create<GraphQLResponse>((sink) =>
      socket.subscribe(
        { query: text ?? '', variables },
        {
          next: (result) => sink.next(result as GraphQLResponse),
          error: (error) => sink.error(error as Error),
          complete: () => sink.complete(),
        },
      ),
    );
};
// #endregion
