import type { Catalog } from '../../src/domain/catalog.ts';

export type Catalogs = readonly Catalog[];
export type LoadCatalogs = (sellerId: number) => Promise<Catalogs>;

/** One cache library, set up as its own documentation says is best for two tiers shared by processes. */
export interface Contender {
  readonly name: string;
  /** What is unlike the others in this set-up. */
  readonly note: string;
  /** A cache of a process of its own: its memory is empty, what is in Redis is found. */
  open(redisUrl: string, redisTimeoutMs?: number): Promise<OpenCache>;
}

export interface OpenCache {
  /** The catalogs of the seller, from the cache or else from `load`. Tagged `tagOf(sellerId)` and `COMMON_TAG`. */
  get(sellerId: number, load: LoadCatalogs): Promise<Catalogs>;
  /** Returns once the library says that it is done. */
  invalidateTag(tag: string): Promise<unknown>;
  /** The catalogs of many sellers in one call; absent where the library has no call that also loads. */
  getMany?(sellerIds: readonly number[], load: LoadCatalogs): Promise<unknown>;
  close(): Promise<unknown>;
}

/** Every entry of every contender lives this long, in milliseconds: longer than any scenario takes. */
export const TTL_MS = 60 * 60_000;

/**
 * How long whoever can be told so waits for Redis, in milliseconds, where nothing else is said: so long that a busy
 * machine turns no hit into a miss.
 */
export const REDIS_TIMEOUT_MS = 5000;

export const COMMON_TAG = 'catalogs';

export function tagOf(sellerId: number): string {
  return `catalogs:seller:${sellerId}`;
}
