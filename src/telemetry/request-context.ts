import { AsyncLocalStorage } from 'node:async_hooks';
import { type RequestContext, requestChannel } from '../http/events.ts';

/** What log lines say of the request that they belong to. */
type LogFields = Pick<RequestContext, 'requestId' | 'traceId'> | Record<string, never>;

export interface RequestContexts {
  /** The request that the caller works for; empty if there is none. */
  current(): LogFields;
}

export interface RequestContextsOptions {
  /**
   * Whether requests have trace ids, so that the report of a request's end needs its context. Without a trace id that
   * report has all by itself, and the context, which takes half a microsecond to enter, is left out.
   */
  readonly traced: boolean;
}

const NONE = Object.freeze({});

/** The requests that code works for, by Node's asynchronous context, from now on. */
export function createRequestContexts({ traced }: RequestContextsOptions): RequestContexts {
  const storage = new AsyncLocalStorage<RequestContext>();
  requestChannel.start.bindStore(storage, (context) => context);
  if (traced) requestChannel.asyncEnd.bindStore(storage, (context) => context);
  return {
    current() {
      const context = storage.getStore();
      if (!context) return NONE;
      const { requestId, traceId } = context;
      return traceId === undefined ? { requestId } : { requestId, traceId };
    },
  };
}
