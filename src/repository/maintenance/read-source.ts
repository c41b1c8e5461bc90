import { CatalogsUnreadable, SellerMissing } from '../../domain/errors.ts';
import type { Seller } from '../../domain/seller.ts';
import type { CatalogApi } from '../../upstream/catalog-api.ts';
import type { RateLimit } from '../../upstream/rate-limit.ts';
import { inSlices } from '../slices.ts';
import { batchesOf, runBatches } from './batches.ts';
import type { RateLimiter } from './rate-limiter.ts';
import { type SellerSnapshot, type Snapshot, snapshotOf } from './snapshot.ts';

export interface SourceOptions {
  readonly api: Pick<CatalogApi, 'sellers' | 'catalogsOf'>;
  readonly limiter: RateLimiter;
  /** No further call begins once it aborts. */
  readonly signal: AbortSignal;
  /** The previous snapshot. */
  readonly before: Snapshot | null;
}

/**
 * Reads the whole source. If no catalogs of a seller can be read, the seller keeps the previous ones: one bad record
 * must neither fail every poll nor remove the seller's stale entries.
 * @throws the error of a failed call, because half of a source looks like a removal of the other half; and the reason of
 * the abort signal.
 */
export async function readSource({ api, limiter, signal, before }: SourceOptions): Promise<Snapshot> {
  const failed = new AbortController();
  const ended = AbortSignal.any([signal, failed.signal]);
  const sellers = await api.sellers({}, orStopped(limiter.within(ended)));
  // Insertion order is the order of the list, which is compared too. Batches fill the values in any order.
  const found = new Map<number, SellerSnapshot>();
  await inSlices(sellers, (seller) => found.set(seller.id, snapshotOf(seller, [])));
  const sellerOf = new Map(sellers.map((seller) => [seller.id, seller]));
  await runBatches(
    batchesOf([...found.keys()]),
    async (ids, rateLimit) => {
      try {
        const lists = await api.catalogsOf(ids, {}, orStopped(rateLimit));
        for (const id of ids) {
          const [seller, list] = [sellerOf.get(id), lists.get(id)];
          if (seller && list instanceof CatalogsUnreadable) found.set(id, withPreviousCatalogs(seller));
          else if (!seller || !list || list instanceof Error) throw list ?? new SellerMissing(id);
          else found.set(id, snapshotOf(seller, list));
        }
      } catch (cause) {
        failed.abort(cause);
      }
    },
    { limiter, signal: ended },
  );
  ended.throwIfAborted();
  return found;

  function withPreviousCatalogs(seller: Seller): SellerSnapshot {
    const snapshot = snapshotOf(seller, []);
    return { ...snapshot, catalogs: before?.get(seller.id)?.catalogs ?? snapshot.catalogs };
  }

  /** No request uses the lists that a poll reads, so a stopped poll may abandon a list halfway. */
  function orStopped(rateLimit: RateLimit): RateLimit {
    return {
      ...rateLimit,
      noTimeLimit: true,
      async acquire() {
        await rateLimit.acquire();
        ended.throwIfAborted();
      },
    };
  }
}
