import { paginate } from '../../../src/domain/page.ts';
import { indexedWords, requiredWords } from '../../../src/repository/search-words.ts';
import type { CatalogRecord, SellerRecord, World } from './world.ts';

interface PageArguments {
  readonly page: number;
  readonly pageSize: number;
}

interface Period {
  readonly from: string;
  readonly to: string;
}

/** Minimal resolvers on memory for the scenarios: prepared lists, looked up by id, filtered and sliced. */
export function createResolvers({ sellers }: World) {
  const byId = new Map(sellers.map((seller) => [seller.id, seller]));
  const find = createSearch(sellers);
  const upcoming = createUpcoming(sellers);
  return {
    Query: {
      sellers: (_: unknown, { search, ...request }: PageArguments & { search?: string }) =>
        paginate(search === undefined ? sellers : find(search), request),
      seller: (_: unknown, { id }: { id: string }) => byId.get(id) ?? null,
      futureCatalogs: (_: unknown, { sellerId, ...request }: PageArguments & { sellerId: string }) =>
        paginate(byId.get(sellerId)?.futureCatalogs ?? [], request),
      upcomingCatalogs: (_: unknown, { from, to, ...request }: PageArguments & Period) =>
        paginate(upcoming({ from, to }), request),
    },
    Seller: {
      futureCatalogs: (seller: SellerRecord, request: PageArguments) =>
        paginate(seller.futureCatalogs, request),
    },
  };
}

/** Reads the words of every seller for each search. They are split in advance. */
function createSearch(sellers: readonly SellerRecord[]): (search: string) => readonly SellerRecord[] {
  const wordsOf = new Map(
    sellers.map((seller) => [seller, indexedWords(`${seller.name ?? ''} ${seller.customerDisplayId ?? ''}`)]),
  );
  return (search) => {
    const required = requiredWords(search);
    return sellers.filter((seller) =>
      required.every((begin) => wordsOf.get(seller)?.some((word) => word.startsWith(begin))),
    );
  };
}

/** Filters the catalogs of all sellers, each once. They are sorted in advance. */
function createUpcoming(sellers: readonly SellerRecord[]): (period: Period) => readonly CatalogRecord[] {
  const byId = new Map(
    sellers.flatMap(({ futureCatalogs }) => futureCatalogs).map((each) => [each.id, each]),
  );
  const sorted = [...byId.values()]
    .map((catalog) => ({ catalog, startsAt: Date.parse(catalog.startDate) }))
    .toSorted((a, b) => a.startsAt - b.startsAt || Number(a.catalog.id) - Number(b.catalog.id));
  return ({ from, to }) => {
    const [begin, end] = [Date.parse(from), Date.parse(to)];
    return sorted.filter(({ startsAt }) => startsAt >= begin && startsAt < end).map(({ catalog }) => catalog);
  };
}
