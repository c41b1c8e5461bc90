import { type Span, trace } from '@opentelemetry/api';
import type { CacheRead } from '../../cache/index.ts';
import { markFailed, type OperationTracer, typeOf } from './spans.ts';

/** A span for each read of the cache, except in a request that is not sampled. */
export const cacheReads: OperationTracer<CacheRead> = {
  begin({ method, keyClass, ids }, tracer, context) {
    if (trace.getSpan(context)?.isRecording() === false) return null;
    const attributes = { 'cache.class': keyClass, 'cache.ids': ids };
    return tracer.startSpan(`${method} ${keyClass}`, { attributes }, context);
  },
  ending({ found, result }, span: Span) {
    span.setAttributes({
      'cache.from_memory': found.memory,
      'cache.from_redis': found.redis,
      'cache.loaded': found.load,
    });
    const failure = result instanceof Map && [...result.values()].find((value) => value instanceof Error);
    if (failure) markFailed(span, typeOf(failure));
  },
};
