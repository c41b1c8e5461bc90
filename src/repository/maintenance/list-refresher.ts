import type { Cache, KeyClass, Load, LoadOutcome, ReadOptions } from '../../cache/index.ts';
import type { Clock } from '../../domain/clock.ts';
import type { List } from '../../domain/list.ts';
import type { Seller } from '../../domain/seller.ts';
import type { CatalogApi } from '../../upstream/catalog-api.ts';
import type { RateLimit } from '../../upstream/rate-limit.ts';
import type { KeyClasses } from '../key-classes.ts';
import { backgroundBudget } from './background-budget.ts';

/** The result of a refresh. */
export interface RefreshResult {
  /** Number of lists that this process has loaded. The others were fresh for long enough, or another process loaded them. */
  readonly loaded: number;
  readonly failed: number;
  /** One of the failures. */
  readonly error: Error | undefined;
}

export interface ListRefresherOptions {
  readonly cache: Pick<Cache, 'getMany'>;
  readonly api: Pick<CatalogApi, 'sellers' | 'catalogsOf'>;
  readonly keyClasses: Pick<KeyClasses, 'sellers' | 'catalogs'>;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/**
 * Refreshes lists before clients request them: a list that will be fresh for less than `freshForMs` is loaded again. These
 * reads do not count as requests for a list. A list that is not fresh afterwards has failed. The rate limit counts the calls
 * without delaying them: the caller waits for the rate limit first.
 */
export interface ListRefresher {
  /** The list of sellers, or the error of its load. If that fails, a stale list is returned. */
  sellers(
    freshForMs: number,
    rateLimit: RateLimit,
  ): Promise<RefreshResult & { readonly list: LoadOutcome<List<Seller>> | undefined }>;
  /** The lists of catalogs of the sellers, in one load. */
  catalogs(sellerIds: readonly number[], freshForMs: number, rateLimit: RateLimit): Promise<RefreshResult>;
}

export function createListRefresher({ cache, api, keyClasses, clock }: ListRefresherOptions): ListRefresher {
  return {
    async sellers(freshForMs, rateLimit) {
      const load = async () => new Map([['all' as const, await api.sellers({}, onlyCounted(rateLimit))]]);
      const { lists, ...result } = await refresh(keyClasses.sellers, ['all'], load, freshForMs);
      return { list: lists.get('all'), ...result };
    },
    async catalogs(sellerIds, freshForMs, rateLimit) {
      const load = (missing: readonly number[]) => api.catalogsOf(missing, {}, onlyCounted(rateLimit));
      const { lists: _, ...result } = await refresh(keyClasses.catalogs, sellerIds, load, freshForMs);
      return result;
    },
  };

  async function refresh<I, V>(
    keyClass: KeyClass<I, V>,
    ids: readonly I[],
    load: Load<I, NoInfer<V>>,
    freshForMs: number,
  ): Promise<RefreshResult & { readonly lists: ReadonlyMap<I, LoadOutcome<V>> }> {
    const tally = createTally<I>();
    const counted: Load<I, V> = async (missing) => {
      const loaded = await load(missing).catch((cause: unknown) => {
        for (const id of missing) tally.given(id, toError(cause));
        throw cause;
      });
      for (const id of missing) tally.loaded(id, loaded.get(id));
      return loaded;
    };
    const stale = new Set<unknown>();
    const record: ReadOptions['record'] = ({ entry }) => {
      if (entry.freshUntil <= clock.monotonic()) stale.add(entry.value);
    };
    const read = { budget: backgroundBudget, freshForMs, record };
    const lists = new Map(await cache.getMany(keyClass, ids, counted, read));
    for (const [id, list] of lists) tally.given(id, list);
    // A list that another process is loading is returned stale, and that load may fail. A second read waits for it.
    const left = ids.filter((id) => stale.has(lists.get(id)) && !tally.hasFailed(id));
    const again = { budget: backgroundBudget, freshForMs, mode: 'refresh' } as const;
    if (left.length > 0) {
      for (const [id, list] of await cache.getMany(keyClass, left, counted, again)) {
        tally.given(id, list);
        if (!(list instanceof Error)) lists.set(id, list);
      }
    }
    return { lists, ...tally.total() };
  }
}

/**
 * A load has a time limit, and requests may have joined it: neither should wait for the rate limit. Instead, the work that
 * follows waits for all of its pages.
 */
function onlyCounted({ record }: RateLimit): RateLimit {
  return { acquire: async () => record(), record };
}

/** Counts each list once, whether its load failed here or the cache returned a failure. */
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
    hasFailed: (id: I) => errors.has(id),
    total(): RefreshResult {
      return { loaded, failed: errors.size, error: errors.values().next().value };
    },
  };
}

function toError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error('the list could not be loaded', { cause });
}
