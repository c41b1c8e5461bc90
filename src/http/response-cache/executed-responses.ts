import type { Derived, DerivedStore } from '../../cache/index.ts';
import type { Read } from '../../repository/index.ts';
import { countUpstreamCalls } from '../../repository/upstream-calls.ts';
import type { GraphqlResponse } from '../responses.ts';
import type { CacheQuery } from './cache-query.ts';
import type { ParsedRequest } from './parsed-request.ts';
import type { ExecutedResponse } from './served-response.ts';
import { createStoredResponse, type StoredResponse } from './stored-response.ts';

/** Executes the query of a request. */
type Execute<R> = (query: CacheQuery, request: ParsedRequest, read: Read) => R;

export interface ExecutedResponsesOptions {
  readonly store: DerivedStore<StoredResponse>;
  readonly execute: Execute<Promise<GraphqlResponse>>;
  /** With the reads of a trial; undefined if one of them has to wait. */
  readonly executeAtOnce: Execute<GraphqlResponse | undefined>;
}

/** Executes queries, and stores their responses if they are complete and every read went through the cache. */
export interface ExecutedResponses {
  /** `stale`: the response that stays if the new one is unchanged, and no fresher. */
  load(
    query: CacheQuery,
    request: ParsedRequest,
    read: Read,
    storable: boolean,
    stale?: Derived<StoredResponse>,
  ): Promise<ExecutedResponse>;
  /** Undefined, without a trace, if a read of the trial has to wait. */
  loadAtOnce(query: CacheQuery, request: ParsedRequest, read: Read): ExecutedResponse | undefined;
}

export function createExecutedResponses({
  store,
  execute,
  executeAtOnce,
}: ExecutedResponsesOptions): ExecutedResponses {
  return {
    async load(query, request, read, storable, stale) {
      return stored(query, request, read, await execute(query, request, read), storable, stale);
    },
    loadAtOnce(query, request, read) {
      const response = executeAtOnce(query, request, read);
      if (!response) return undefined;
      read.trial?.commit();
      return stored(query, request, read, response, true);
    },
  };

  function stored(
    query: CacheQuery,
    { mediaType }: ParsedRequest,
    read: Read,
    { bytes, status, headers, codes, complete }: GraphqlResponse,
    storable: boolean,
    stale?: Derived<StoredResponse>,
  ): ExecutedResponse {
    const { entries: recorded, cached, until } = read.recording;
    const calls = countUpstreamCalls(recorded);
    const made = createStoredResponse(mediaType, bytes, calls.needed);
    const entries = recorded.map(({ entry }) => entry);
    const response = { stored: made, status, headers, codes, calls, dependencies: { entries, until } };
    if (!storable || !complete || !cached) return { ...response, derived: null };
    const isUnchanged =
      stale?.value.bytes.equals(bytes) === true &&
      entries.some(({ freshUntil }) => freshUntil <= stale.freshUntil);
    if (isUnchanged) return { ...response, derived: stale };
    // No turn of the event loop lies between the reads of a trial and this.
    const terms = { until, areTrusted: read.trial !== null };
    return { ...response, derived: store.keep(query.keys[mediaType], made, entries, terms) };
  }
}
