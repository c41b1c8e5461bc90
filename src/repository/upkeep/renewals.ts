import type { Cache } from '../../cache/cache.ts';
import type { Seller } from '../../domain/seller.ts';
import type { CatalogApi } from '../../upstream/catalog-api.ts';
import type { KeyClasses } from '../key-classes.ts';
import type { Pace } from './pace.ts';
import { patience } from './patience.ts';

/** What a renewal came to. */
export interface Renewed {
  /** How many lists this process has loaded. The others were fresh for long enough, or another process has. */
  readonly loaded: number;
  readonly failed: number;
  /** One of the failures. */
  readonly error: Error | undefined;
}

export interface RenewalsOptions {
  readonly cache: Pick<Cache, 'get' | 'getMany'>;
  readonly api: Pick<CatalogApi, 'sellers' | 'catalogsOf'>;
  readonly keyClasses: Pick<KeyClasses, 'sellers' | 'catalogs'>;
  readonly pace: Pace;
}

/**
 * Lists that are read through the cache for later: what will be fresh for less than `freshForMs` is loaded again, and
 * none of it counts as asked for by anybody.
 */
export interface Renewals {
  /** The list of sellers, or why there is none. A stale one stands where its load fails. */
  sellers(freshForMs: number): Promise<Renewed & { readonly list: readonly Seller[] | Error }>;
  /** The lists of catalogs of the ids, in one load. `begin` is called right before that. */
  catalogs(sellerIds: readonly number[], freshForMs: number, begin: () => void): Promise<Renewed>;
}

export function createRenewals({ cache, api, keyClasses, pace }: RenewalsOptions): Renewals {
  return {
    async sellers(freshForMs) {
      const tally = createTally<'all'>();
      const load = async () => {
        pace.begin();
        const list = await api.sellers().catch(toError);
        tally.loaded('all', list);
        if (list instanceof Error) throw list;
        return list;
      };
      const read = { budget: patience, freshForMs };
      const list = await cache.get(keyClasses.sellers, 'all', load, read).catch(toError);
      tally.given('all', list);
      return { list, ...tally.total() };
    },
    async catalogs(sellerIds, freshForMs, begin) {
      const tally = createTally<number>();
      const load = async (missing: readonly number[]) => {
        begin();
        const lists = await api.catalogsOf(missing);
        for (const id of missing) tally.loaded(id, lists.get(id));
        return lists;
      };
      const lists = await cache.getMany(keyClasses.catalogs, sellerIds, load, {
        budget: patience,
        freshForMs,
      });
      for (const [id, list] of lists) tally.given(id, list);
      return tally.total();
    },
  };
}

/** Counts each list once, whether its load failed here or the cache had a failure to give. */
function createTally<I>() {
  const errors = new Map<I, Error>();
  let loaded = 0;
  const note = (id: I, outcome: unknown) => {
    if (outcome instanceof Error) errors.set(id, outcome);
    return !(outcome instanceof Error);
  };
  return {
    loaded(id: I, outcome: unknown): void {
      if (note(id, outcome)) loaded += 1;
    },
    given(id: I, outcome: unknown): void {
      note(id, outcome);
    },
    total(): Renewed {
      return { loaded, failed: errors.size, error: errors.values().next().value };
    },
  };
}

function toError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error('a list could not be loaded', { cause });
}
