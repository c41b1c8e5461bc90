import { AsyncLocalStorage } from 'node:async_hooks';
import type { RequestTrace } from './tracing/request-spans.ts';

/** What log lines say of the request that they belong to. */
interface RequestContext {
  readonly requestId: string;
  /** Absent where nothing is traced. */
  readonly traceId?: string;
}

export interface RequestContexts {
  /** Gives what runs work as the request's, as often as there is any: all that such work starts belongs to it too. */
  within(request: { readonly requestId: string }, trace: RequestTrace | null): (work: () => void) => void;
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
        return (work) => storage.run(context, work);
      }
      const context = { requestId, traceId: trace.traceId };
      return (work) => storage.run(context, trace.run, work);
    },
    current: () => storage.getStore() ?? NONE,
  };
}
