import { tracingChannel } from 'node:diagnostics_channel';
import type { ReadOptions, Tier } from './read-options.ts';
import type { Reads } from './reads.ts';

/** One read of the cache, as subscribers of `readChannel` receive it. */
export interface CacheRead {
  readonly method: 'get' | 'getMany' | 'peek';
  readonly keyClass: string;
  /** Number of ids that the read requests. */
  readonly ids: number;
  /** Number of entries found so far, by tier. */
  readonly found: Record<Tier, number>;
  /** Set at the end of the read. */
  readonly result?: unknown;
}

/** A tracing channel of node:diagnostics_channel: `tracing:catalog-gateway:cache:read:start` and so on. */
export const readChannel = tracingChannel<object, CacheRead>('catalog-gateway:cache:read');

/** Publishes reads on `readChannel`. Without a subscriber, it does nothing. */
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
