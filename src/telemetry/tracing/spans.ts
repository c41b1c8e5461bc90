import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  type SpanOptions,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';

/** Spans whose parent is the span that the caller works under. */
export interface Spans {
  /** The context that the caller works in, with the span that it works under. */
  context(): Context;
  active(): Span | undefined;
  /** Begins a span that its caller ends, and gives what runs work under it. */
  begin(name: string, options: SpanOptions, parent: Context): OpenSpan;
  /** Runs work under a span that ends with it. A span whose work rejects is marked as failed. */
  within<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T>;
}

interface OpenSpan {
  readonly span: Span;
  run(work: () => void): void;
}

export function createSpans(tracer: Tracer): Spans {
  // Not the API's global one: that is for the instrumentation of other people's code, of which there is none here.
  const storage = new AsyncLocalStorage<Context>();
  const context = () => storage.getStore() ?? ROOT_CONTEXT;

  return {
    context,
    active: () => trace.getSpan(context()),
    begin(name, options, parent) {
      const span = tracer.startSpan(name, options, parent);
      const own = trace.setSpan(parent, span);
      return { span, run: (work) => storage.run(own, work) };
    },
    async within(name, options, work) {
      const span = tracer.startSpan(name, options, context());
      try {
        return await storage.run(trace.setSpan(context(), span), work, span);
      } catch (error) {
        markFailed(span, typeOf(error));
        throw error;
      } finally {
        span.end();
      }
    },
  };
}

/** `type`: one of few words, for it is what failures are counted by. A message may quote what nobody should read. */
export function markFailed(span: Span, type: string): void {
  span.setAttribute('error.type', type).setStatus({ code: SpanStatusCode.ERROR });
}

/** The error's code, such as UPSTREAM_TIMEOUT, or else its name. */
export function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return '_OTHER';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
