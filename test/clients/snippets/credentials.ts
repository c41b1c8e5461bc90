import { ApolloLink, CombinedGraphQLErrors, HttpLink } from '@apollo/client';
import { ErrorLink } from '@apollo/client/link/error';

// #region credentials
/** Sends the cookies of the session, and says when nobody is signed in any more. */
export const createCredentialsLink = (uri: string, onSignedOut: () => void) =>
  ApolloLink.from([
    new ErrorLink(({ error }) => {
      const errors = CombinedGraphQLErrors.is(error) ? error.errors : [];
      if (errors.some(({ extensions }) => extensions?.code === 'UNAUTHENTICATED')) onSignedOut();
    }),
    new HttpLink({ uri, credentials: 'include' }),
  ]);
// #endregion
