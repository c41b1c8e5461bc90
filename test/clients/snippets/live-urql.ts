import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { createClient, type Sink } from 'graphql-ws';

// #region stream
export const createStreamingClient = (url: string) =>
  new Client({ url, preferGetMethod: false, fetchSubscriptions: true, exchanges: [fetchExchange] });
// #endregion

// #region socket
export const createSocketClient = (url: string, socketUrl: string) => {
  const socket = createClient({ url: socketUrl, retryAttempts: Infinity, shouldRetry: () => true });
  return new Client({
    url,
    preferGetMethod: false,
    exchanges: [
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables }) => ({
          subscribe: (sink) => ({
            unsubscribe: socket.subscribe({ query, variables: { ...variables } }, sink as Sink),
          }),
        }),
      }),
    ],
  });
};
// #endregion
