import type { Attributes } from '@opentelemetry/api';
import { markFailed, type Spans, typeOf } from './spans.ts';

type Method = (...args: never[]) => Promise<unknown>;

/** The read methods of a cache: the key class and the ids come first, the read options last. */
export interface CacheReads {
  readonly get: Method;
  readonly getMany: Method;
  readonly peek: Method;
}

interface ReadOptions {
  readonly record?: (recorded: { readonly tier: Tier }) => void;
}

type Tier = 'memory' | 'redis' | 'load';

/** The same cache with a span around each read. Reads of unsampled requests are passed through. */
export function traceReads<C extends CacheReads>(cache: C, spans: Spans): C {
  return {
    ...cache,
    get: traced('get', cache.get, 3),
    getMany: traced('getMany', cache.getMany, 3),
    peek: traced('peek', cache.peek, 2),
  };

  /** `optionsAt` is the position of the optional read options. */
  function traced<M extends Method>(name: string, method: M, optionsAt: number): M {
    const read = method as unknown as (...args: unknown[]) => Promise<unknown>;
    const tracedRead = (...args: unknown[]) => {
      if (spans.active()?.isRecording() === false) return read(...args);
      const [keyClass, ids] = args as [{ readonly name: string }, unknown];
      const options = args[optionsAt] as ReadOptions | undefined;
      const from: Record<Tier, number> = { memory: 0, redis: 0, load: 0 };
      const counting: ReadOptions = {
        ...options,
        record(recorded) {
          from[recorded.tier] += 1;
          options?.record?.(recorded);
        },
      };
      const attributes = { 'cache.class': keyClass.name, 'cache.ids': Array.isArray(ids) ? ids.length : 1 };
      return spans.within(`${name} ${keyClass.name}`, { attributes }, async (span) => {
        // The caller may omit the options.
        const given = [...args];
        given[optionsAt] = counting;
        const found = await read(...given);
        span.setAttributes(countsOf(from));
        const failure =
          found instanceof Map && [...found.values()].find((outcome) => outcome instanceof Error);
        if (failure) markFailed(span, typeOf(failure));
        return found;
      });
    };
    return tracedRead as unknown as M;
  }
}

function countsOf({ memory, redis, load }: Record<Tier, number>): Attributes {
  return { 'cache.from_memory': memory, 'cache.from_redis': redis, 'cache.loaded': load };
}
