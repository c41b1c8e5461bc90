import type { Principal } from '../../domain/principal.ts';
import type { Read } from '../../repository/index.ts';
import type { CacheQuery } from '../response-cache/cache-query.ts';
import type { ParsedRequest } from '../response-cache/parsed-request.ts';
import {
  createResponseCache,
  type ResponseCache,
  type ResponseCacheOptions,
} from '../response-cache/response-cache.ts';
import type { Execution, ExecutionRequest } from './execution/execution.ts';

export interface ResponseCachesOptions extends Omit<ResponseCacheOptions, 'execute' | 'executeAtOnce'> {
  /** The stored responses that show who asks, in memory alone. */
  readonly personalStore: ResponseCacheOptions['store'];
  /** Whether the session of a principal was signed out while a request of it was executed. */
  readonly hasEnded: (principal: Principal) => boolean;
  readonly execution: Execution;
  /** The execution of a request, whose response shows the viewer: null for nobody in particular. */
  readonly executionOf: (
    request: ParsedRequest,
    parameters: unknown,
    operator: boolean,
    viewer: Principal | null,
    read: Read,
  ) => ExecutionRequest;
}

/** The cache of the responses that everybody may share, and that of the ones that show who asks. */
export function createResponseCaches(options: ResponseCachesOptions): {
  readonly shared: ResponseCache;
  readonly personal: ResponseCache;
} {
  const { execution, executionOf } = options;
  const shared = ({ parameters }: CacheQuery, request: ParsedRequest, read: Read) =>
    executionOf(request, parameters, false, null, read);
  return {
    shared: createResponseCache({
      ...options,
      execute: (...given) => execution.execute(shared(...given)),
      executeAtOnce: (...given) => execution.executeAtOnce(shared(...given)),
    }),
    personal: createResponseCache({
      ...options,
      store: options.personalStore,
      async execute(query, request, read) {
        const response = await execution.execute(personal(query, request, read));
        const { principal } = request.admission.identity;
        // The stored responses of the session are dropped already.
        if (principal && options.hasEnded(principal)) read.markUncacheable();
        return response;
      },
      executeAtOnce: (...given) => execution.executeAtOnce(personal(...given)),
    }),
  };

  function personal({ parameters }: CacheQuery, request: ParsedRequest, read: Read): ExecutionRequest {
    const { principal } = request.admission.identity;
    if (principal) read.expireAt(new Date(principal.expiresAt));
    // It may have ended while the body of the request was read.
    if (principal && options.hasEnded(principal)) read.markUncacheable();
    return executionOf(request, parameters, false, principal, read);
  }
}
