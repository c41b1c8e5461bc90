import { Client, fetchExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';

// #region client
export const createUrqlClient = (url: string) =>
  new Client({
    url,
    preferGetMethod: false,
    exchanges: [
      // A page is not a record: it has no id, and belongs to the field that it was selected in.
      cacheExchange({ keys: { SellerPage: () => null, CatalogPage: () => null } }),
      fetchExchange,
    ],
  });
// #endregion
