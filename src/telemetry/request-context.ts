import { AsyncLocalStorage } from 'node:async_hooks';
import type { RequestTrace } from './tracing/request-spans.ts';

/** The fields of a request in its log lines. */
interface RequestContext {
  readonly requestId: string;
  /** Absent if tracing is off. */
  readonly traceId?: string;
}

/** Runs work in the context of a request; asynchronous work that it starts inherits the context. */
interface RequestScope {
  run(work: () => void): void;
  /** Runs the report of the end of the request. The report has its own request id, so without tracing it needs no context. */
  end(report: () => void): void;
}

export interface RequestContexts {
  within(request: { readonly requestId: string }, trace: RequestTrace | null): RequestScope;
  /** The context of the caller's request; empty outside any request. */
  current(): RequestContext | Record<string, never>;
}

const NONE = Object.freeze({});

/** Tracks the current request with AsyncLocalStorage. */
export function createRequestContexts(): RequestContexts {
  const storage = new AsyncLocalStorage<RequestContext>();
  return {
    within({ requestId }, trace) {
      if (!trace) {
        const context = { requestId };
        // Entering a context costs a fraction of a microsecond; most requests take tens of microseconds.
        return { run: (work) => storage.run(context, work), end: justRun };
      }
      const context = { requestId, traceId: trace.traceId };
      const run = (work: () => void) => storage.run(context, trace.run, work);
      return { run, end: run };
    },
    current: () => storage.getStore() ?? NONE,
  };
}

function justRun(work: () => void): void {
  work();
}
