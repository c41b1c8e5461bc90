import { AsyncLocalStorage } from 'node:async_hooks';
import type { TracingChannel } from 'node:diagnostics_channel';
import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';

/** Spans of the operations that are published on tracing channels. */
export interface Spans {
  /**
   * Gives each operation of a channel a span: the parent of the spans of all operations that it starts. It ends with the
   * operation, and is marked as failed if that rejects.
   */
  trace<O extends object>(channel: TracingChannel<unknown, O>, tracer: OperationTracer<O>): void;
  /** Ends the subscriptions. */
  stop(): void;
}

export interface OperationTracer<O> {
  /** Begins the span; null for an operation that is not traced. `context` is the one that the caller works in. */
  begin(operation: O, tracer: Tracer, context: Context): Span | null;
  /** Called with the context of the span, before the operation starts. */
  begun?(operation: O, context: Context): void;
  /** Called before the span ends. */
  ending?(operation: O, span: Span): void;
}

export function createSpans(tracer: Tracer): Spans {
  // Not the API's global one: that is for the instrumentation of other people's code, of which there is none here.
  const storage = new AsyncLocalStorage<Context>();
  const current = () => storage.getStore() ?? ROOT_CONTEXT;
  const subscriptions: (() => void)[] = [];

  return {
    trace(channel, { begin, begun, ending }) {
      const open = new WeakMap<object, Span>();
      // Node adds the error with which the operation rejected.
      const end = (message: unknown) => {
        const operation = message as Parameters<typeof begin>[0] & { readonly error?: unknown };
        const span = open.get(operation);
        if (!span) return;
        ending?.(operation, span);
        if (operation.error !== undefined) markFailed(span, typeOf(operation.error));
        span.end();
      };
      channel.start.bindStore(storage, (operation) => {
        const span = begin(operation, tracer, current());
        if (!span) return current();
        const context = trace.setSpan(current(), span);
        open.set(operation, span);
        begun?.(operation, context);
        return context;
      });
      channel.asyncEnd.subscribe(end);
      subscriptions.push(() => {
        channel.start.unbindStore(storage);
        channel.asyncEnd.unsubscribe(end);
      });
    },
    stop() {
      for (const unsubscribe of subscriptions) unsubscribe();
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
