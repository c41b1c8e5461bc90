import { paginate } from '../../../src/domain/page.ts';
import type { SellerRecord, World } from './world.ts';

interface PageArguments {
  readonly page: number;
  readonly pageSize: number;
}

/** Minimal resolvers on memory for the scenarios: prepared lists, looked up by id and sliced. */
export function createResolvers({ sellers }: World) {
  const byId = new Map(sellers.map((seller) => [seller.id, seller]));
  return {
    Query: {
      sellers: (_: unknown, request: PageArguments) => paginate(sellers, request),
      seller: (_: unknown, { id }: { id: string }) => byId.get(id) ?? null,
      futureCatalogs: (_: unknown, { sellerId, ...request }: PageArguments & { sellerId: string }) =>
        paginate(byId.get(sellerId)?.futureCatalogs ?? [], request),
    },
    Seller: {
      futureCatalogs: (seller: SellerRecord, request: PageArguments) =>
        paginate(seller.futureCatalogs, request),
    },
  };
}
