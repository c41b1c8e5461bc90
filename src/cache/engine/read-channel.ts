import { tracingChannel } from 'node:diagnostics_channel';
import type { ReadOptions, Tier } from './read-options.ts';
import type { Reads } from './reads.ts';

/** One read of the cache, as subscribers of `readChannel` get it. */
export interface CacheRead {
  readonly method: 'get' | 'getMany' | 'peek';
  readonly keyClass: string;
  /** How many ids the read names. */
  readonly ids: number;
  /** How many entries the read has found so far, by tier. */
  readonly found: Record<Tier, number>;
  /** Set when the read has ended. */
  readonly result?: unknown;
}

/** A tracing channel of node:diagnostics_channel: `tracing:catalog-gateway:cache:read:start` and so on. */
export const readChannel = tracingChannel<object, CacheRead>('catalog-gateway:cache:read');

/** The same reads, published on `readChannel`. Nothing is done while it has no subscriber. */
export function publishReads(reads: Reads): Reads {
  return {
    getMany: (keyClass, ids, load, options) =>
      publish('getMany', keyClass.name, ids.length, options, (read) =>
        reads.getMany(keyClass, ids, load, read),
      ),
    get: (keyClass, id, load, options) =>
      publish('get', keyClass.name, 1, options, (read) => reads.get(keyClass, id, load, read)),
    peek: (keyClass, id, options) =>
      publish('peek', keyClass.name, 1, options, (read) => reads.peek(keyClass, id, read)),
  };
}

function publish<T>(
  method: CacheRead['method'],
  keyClass: string,
  ids: number,
  options: ReadOptions | undefined,
  work: (options?: ReadOptions) => Promise<T>,
): Promise<T> {
  if (!readChannel.hasSubscribers) return work(options);
  const found: Record<Tier, number> = { memory: 0, redis: 0, load: 0 };
  const record: ReadOptions['record'] = (recorded) => {
    found[recorded.tier] += 1;
    options?.record?.(recorded);
  };
  return readChannel.tracePromise(() => work({ ...options, record }), { method, keyClass, ids, found });
}
