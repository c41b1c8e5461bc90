import { AsyncLocalStorage } from 'node:async_hooks';
import type { RequestTrace } from './tracing/request-spans.ts';

/** What log lines say of the request that they belong to. */
interface RequestContext {
  readonly requestId: string;
  /** Absent where nothing is traced. */
  readonly traceId?: string;
}

/** What runs a request's work as the request's: all that such work starts belongs to it too. */
interface RequestScope {
  run(work: () => void): void;
  /** Runs the report of the request's end, which has its id by itself: where nothing is traced, as it is. */
  end(report: () => void): void;
}

export interface RequestContexts {
  within(request: { readonly requestId: string }, trace: RequestTrace | null): RequestScope;
  /** The context of the request that the caller works for; empty where it works for none. */
  current(): RequestContext | Record<string, never>;
}

const NONE = Object.freeze({});

/** The requests that code works for, by node's asynchronous context. */
export function createRequestContexts(): RequestContexts {
  const storage = new AsyncLocalStorage<RequestContext>();
  return {
    within({ requestId }, trace) {
      if (!trace) {
        const context = { requestId };
        // Entering a context takes a part of a microsecond, and most requests take some tens of them.
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
