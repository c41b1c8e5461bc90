import type { Catalog } from '../../../src/domain/catalog.ts';
import { CatalogsUnreadable, UpstreamUnavailable } from '../../../src/domain/errors.ts';
import type { Seller } from '../../../src/domain/seller.ts';
import type { CatalogApi } from '../../../src/upstream/catalog-api.ts';
import type { RateLimit } from '../../../src/upstream/rate-limit.ts';
import { catalog, seller } from '../../support/records.ts';

/** An upstream of a test's own, whose data it may change at any time. */
export interface Source {
  readonly api: CatalogApi;
  /** In the order of the list. */
  sellers: Seller[];
  readonly catalogs: Map<number, Catalog[]>;
  /** The ids of each call for catalogs. */
  readonly asked: (readonly number[])[];
  /** How often the list of sellers was asked for. */
  lists: number;
  /** How many pages each list has, all of them told to the rateLimit. */
  pages: number;
  /** Says for which sellers a call fails, and with them the others of that call. */
  failing: (sellerId: number) => boolean;
  /** Says for which sellers no catalog can be read. The others of the call stand. */
  unreadable: (sellerId: number) => boolean;
  /** Is waited for by each call for catalogs. */
  gate: (ids: readonly number[]) => Promise<unknown> | undefined;
}

/** Sellers 1 to `count`, each with the catalogs 10 × its id + 1 and + 2. */
export function startSource(count: number): Source {
  const sellers = Array.from({ length: count }, (_, index) => seller(index + 1));
  const source: Source = {
    sellers,
    catalogs: new Map(sellers.map(({ id }) => [id, [catalog(10 * id + 1), catalog(10 * id + 2)]])),
    asked: [],
    lists: 0,
    pages: 1,
    failing: () => false,
    unreadable: () => false,
    gate: () => undefined,
    api: {
      async sellers(_, rateLimit) {
        await readPages(rateLimit);
        source.lists += 1;
        return [...source.sellers];
      },
      async catalogsOf(ids, _, rateLimit) {
        await readPages(rateLimit);
        source.asked.push(ids);
        await source.gate(ids);
        const failed = ids.some(source.failing);
        return new Map(ids.map((id) => [id, failed ? new UpstreamUnavailable('down') : listOf(id)]));
      },
      seller: async (id) => source.sellers.find((each) => each.id === id) ?? null,
      catalog: async (id) => [...source.catalogs.values()].flat().find((each) => each.id === id) ?? null,
    },
  };
  return source;

  function listOf(id: number) {
    return source.unreadable(id) ? new CatalogsUnreadable('nonsense') : [...(source.catalogs.get(id) ?? [])];
  }

  async function readPages(rateLimit: RateLimit | undefined) {
    for (let page = 0; page < source.pages; page += 1) await rateLimit?.acquire();
  }
}

export { catalog, seller };
