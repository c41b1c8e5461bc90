import { ApolloLink, HttpLink, Observable } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { getMainDefinition } from '@apollo/client/utilities';
import { type DocumentNode, print } from 'graphql';
import { createClient as createStreams } from 'graphql-sse';
import { createClient as createSocket } from 'graphql-ws';

function isSubscription(query: DocumentNode): boolean {
  const definition = getMainDefinition(query);
  return definition.kind === 'OperationDefinition' && definition.operation === 'subscription';
}

// #region socket
/** Subscriptions over one WebSocket, and everything else over HTTP. */
export const createSocketLink = (http: string, socket: string) =>
  ApolloLink.split(
    ({ query }) => isSubscription(query),
    new GraphQLWsLink(createSocket({ url: socket, retryAttempts: Infinity, shouldRetry: () => true })),
    new HttpLink({ uri: http }),
  );
// #endregion

// #region stream
/** Subscriptions over event streams: they pass where WebSockets do not. */
export const createStreamLink = (url: string) => {
  const streams = createStreams({ url, credentials: 'include', retryAttempts: Infinity });
  const subscriptions = new ApolloLink(
    ({ query, operationName, variables }) =>
      new Observable((observer) =>
        streams.subscribe(
          { query: print(query), variables, ...(operationName !== undefined && { operationName }) },
          {
            next: (result) => observer.next(result as ApolloLink.Result),
            error: (error) => observer.error(error),
            complete: () => observer.complete(),
          },
        ),
      ),
  );
  return ApolloLink.split(({ query }) => isSubscription(query), subscriptions, new HttpLink({ uri: url }));
};
// #endregion
