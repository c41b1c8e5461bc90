import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client';
import { observedFetch } from './responses.ts';

export const client = new ApolloClient({
  link: new HttpLink({ uri: '/graphql', fetch: observedFetch }),
  // A page has no id: Apollo stores it in its field, once for each set of arguments. So pages do not overwrite each other.
  cache: new InMemoryCache({
    typePolicies: {
      // Null means that the catalogs could not be loaded: the earlier page stays.
      Seller: { fields: { catalogs: { merge: (earlier, incoming) => incoming ?? earlier } } },
    },
  }),
  // Shows what Apollo has, and asks the gateway, which answers from its cache within milliseconds.
  defaultOptions: { watchQuery: { fetchPolicy: 'cache-and-network' } },
});
