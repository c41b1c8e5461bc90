import type { Catalog } from '../../src/domain/catalog.ts';
import type { List } from '../../src/domain/list.ts';

export type Catalogs = List<Catalog>;
export type LoadCatalogs = (sellerId: number) => Promise<Catalogs>;

/** One cache library, configured by its documentation's advice for two tiers shared by processes. */
export interface Contender {
  readonly name: string;
  /** Differences of this set-up from the others. */
  readonly note: string;
  /** The cache of a new process: its memory is empty, and it finds the entries in Redis. */
  open(redisUrl: string, redisTimeoutMs?: number): Promise<OpenCache>;
}

export interface OpenCache {
  /** The catalogs of the seller, from the cache or else from `load`. Tagged `tagOf(sellerId)` and `COMMON_TAG`. */
  get(sellerId: number, load: LoadCatalogs): Promise<Catalogs>;
  /** Resolves when the library reports the invalidation as done. */
  invalidateTag(tag: string): Promise<unknown>;
  /** The catalogs of many sellers in one call; absent if the library has no such call that also loads. */
  getMany?(sellerIds: readonly number[], load: LoadCatalogs): Promise<unknown>;
  close(): Promise<unknown>;
}

/** Time to live of every entry of every contender, in milliseconds: longer than any scenario takes. */
export const TTL_MS = 60 * 60_000;

/**
 * Default Redis timeout, in milliseconds, for each contender that has such an option: long enough that a busy machine
 * turns no hit into a miss.
 */
export const REDIS_TIMEOUT_MS = 5000;

export const COMMON_TAG = 'catalogs';

export function tagOf(sellerId: number): string {
  return `catalogs:seller:${sellerId}`;
}
