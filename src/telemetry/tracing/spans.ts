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

/** Spans whose parent is the current span. */
export interface Spans {
  /** The current context, with the current span. */
  context(): Context;
  active(): Span | undefined;
  /** Begins a span that the caller ends; `run` runs work under it. */
  begin(name: string, options: SpanOptions, parent: Context): OpenSpan;
  /** Runs work under a span that ends with the work. If the work rejects, the span is marked as failed. */
  within<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T>;
}

interface OpenSpan {
  readonly span: Span;
  run(work: () => void): void;
}

export function createSpans(tracer: Tracer): Spans {
  // Not the global context manager of the API, which serves auto-instrumentation of libraries; none is used here.
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

/** `type` is one of few values, because failures are grouped by it. Messages are not recorded: they may quote secrets. */
export function markFailed(span: Span, type: string): void {
  span.setAttribute('error.type', type).setStatus({ code: SpanStatusCode.ERROR });
}

/** The code of the error, such as UPSTREAM_TIMEOUT, or its name. */
export function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return '_OTHER';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
