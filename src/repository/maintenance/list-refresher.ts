import type { Cache, Clock, KeyClass, Load, LoadOutcome, ReadOptions } from '../../cache/index.ts';
import type { Seller } from '../../domain/seller.ts';
import type { CatalogApi } from '../../upstream/catalog-api.ts';
import type { Pacer } from '../../upstream/rate-limit.ts';
import type { KeyClasses } from '../key-classes.ts';
import { patience } from './background-budget.ts';

/** What a renewal came to. */
export interface Renewed {
  /** How many lists this process has loaded. The others were fresh for long enough, or another process has. */
  readonly loaded: number;
  readonly failed: number;
  /** One of the failures. */
  readonly error: Error | undefined;
}

export interface RenewalsOptions {
  readonly cache: Pick<Cache, 'getMany'>;
  readonly api: Pick<CatalogApi, 'sellers' | 'catalogsOf'>;
  readonly keyClasses: Pick<KeyClasses, 'sellers' | 'catalogs'>;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/**
 * Lists that are read through the cache for later: what will be fresh for less than `freshForMs` is loaded again, and
 * none of it counts as asked for by anybody. What is not fresh afterwards has failed. The pacer counts the calls and holds
 * none of them up: whoever begins a renewal waits for the pace before.
 */
export interface Renewals {
  /** The list of sellers, or why there is none. A stale one stands where its load fails. */
  sellers(
    freshForMs: number,
    pacer: Pacer,
  ): Promise<Renewed & { readonly list: LoadOutcome<readonly Seller[]> | undefined }>;
  /** The lists of catalogs of the ids, in one load. */
  catalogs(sellerIds: readonly number[], freshForMs: number, pacer: Pacer): Promise<Renewed>;
}

export function createRenewals({ cache, api, keyClasses, clock }: RenewalsOptions): Renewals {
  return {
    async sellers(freshForMs, pacer) {
      const load = async () => new Map([['all' as const, await api.sellers({}, onlyCounted(pacer))]]);
      const { lists, ...renewed } = await renew(keyClasses.sellers, ['all'], load, freshForMs);
      return { list: lists.get('all'), ...renewed };
    },
    async catalogs(sellerIds, freshForMs, pacer) {
      const load = (missing: readonly number[]) => api.catalogsOf(missing, {}, onlyCounted(pacer));
      const { lists: _, ...renewed } = await renew(keyClasses.catalogs, sellerIds, load, freshForMs);
      return renewed;
    },
  };

  async function renew<I, V>(
    keyClass: KeyClass<I, V>,
    ids: readonly I[],
    load: Load<I, NoInfer<V>>,
    freshForMs: number,
  ): Promise<Renewed & { readonly lists: ReadonlyMap<I, LoadOutcome<V>> }> {
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
    const read = { budget: patience, freshForMs, record };
    const lists = new Map(await cache.getMany(keyClass, ids, counted, read));
    for (const [id, list] of lists) tally.given(id, list);
    // What another process loads at the moment is given as it was, and that load may fail. Read again, it is waited for.
    const left = ids.filter((id) => stale.has(lists.get(id)) && !tally.hasFailed(id));
    const again = { budget: patience, freshForMs, mode: 'refresh' } as const;
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
 * A load has a time limit and may have been joined by requests, and neither is to be spent on waiting for the pace: what
 * comes after it waits for all of its pages instead.
 */
function onlyCounted({ note }: Pacer): Pacer {
  return { ready: async () => note(), note };
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
    hasFailed: (id: I) => errors.has(id),
    total(): Renewed {
      return { loaded, failed: errors.size, error: errors.values().next().value };
    },
  };
}

function toError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error('the list could not be loaded', { cause });
}
