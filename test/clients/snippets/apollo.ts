import { type FieldPolicy, InMemoryCache } from '@apollo/client';

// #region cache
interface StoredPage {
  readonly items: readonly unknown[];
}

/** Joins the pages that have been fetched into one list. */
const pages: FieldPolicy<StoredPage> = {
  keyArgs: ['sellerId', 'filter', 'search', 'orderBy', 'pageSize'],
  merge(existing, incoming, { args }) {
    const items = [...(existing?.items ?? [])];
    const start = ((args?.page ?? 1) - 1) * (args?.pageSize ?? 25);
    for (const [index, item] of incoming.items.entries()) items[start + index] = item;
    return { ...incoming, items };
  },
};

export const createCache = () =>
  new InMemoryCache({
    possibleTypes: { Page: ['SellerPage', 'CatalogPage'] },
    typePolicies: { Query: { fields: { sellers: pages, catalogs: pages } } },
  });
// #endregion
