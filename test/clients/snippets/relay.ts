import relay from 'relay-runtime';

const { Environment, Network, RecordSource, Store } = relay;

// #region environment
export const createEnvironment = (url: string) =>
  new Environment({
    store: new Store(new RecordSource()),
    // A seller and a catalog may have the same id. By default, Relay takes ids as global.
    getDataID: ({ id }: { id?: string }, typeName: string) => (id ? `${typeName}:${id}` : undefined),
    network: Network.create(async ({ text }, variables) => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: text, variables }),
      });
      return response.json();
    }),
  });
// #endregion
