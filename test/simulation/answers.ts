import type { Clock } from '../../src/cache/clock.ts';
import type { Cache } from '../../src/cache/engine/cache.ts';
import type { Budget } from '../../src/cache/engine/read-options.ts';
import { ANYBODY } from '../../src/http/auth/admission.ts';
import type { CacheQuery } from '../../src/http/response-cache/cache-query.ts';
import type { ParsedRequest, RequestDirectives } from '../../src/http/response-cache/parsed-request.ts';
import { createResponseCache, type ResponseCache } from '../../src/http/response-cache/response-cache.ts';
import {
  responseCodec,
  type ServedResponse,
  weightOf,
} from '../../src/http/response-cache/stored-response.ts';
import type { GraphqlResponse } from '../../src/http/responses.ts';
import type { Read, Repository } from '../../src/repository/index.ts';
import { createRead } from '../../src/repository/read.ts';
import { SETTINGS } from './settings.ts';

/** The key class of responses in events. */
export const ANSWERS = 'answer';

type Execute = (read: Read) => Promise<GraphqlResponse>;

/** A query with its own execution. */
interface SimulatedQuery extends CacheQuery {
  readonly execute: Execute;
}

const REQUEST: Omit<ParsedRequest, 'directives'> = {
  ...{
    method: 'POST',
    text: '',
    headers: {},
    mediaType: 'application/json',
    admission: ANYBODY,
    debug: false,
  },
};

/** The response to a query, executed by `execute` if the cache of the process has no response; null if it may not be. */
export async function respond(
  cache: ResponseCache,
  key: string,
  directives: RequestDirectives,
  execute: Execute,
): Promise<ServedResponse | null> {
  const query: SimulatedQuery = {
    ...{ parameters: {}, operation: null, isPersonal: false, execute },
    keys: { 'application/json': key, 'application/graphql-response+json': key },
  };
  const request: ParsedRequest = { ...REQUEST, directives };
  return cache.peek(query, request) ?? (await cache.find(query, request));
}

/** The gateway's own response cache, over the cache of a simulated process. `onSpent`: a read got no reply from Redis. */
export function createAnswers(cache: Cache, clock: Clock, onSpent: () => void): ResponseCache {
  const store = cache.derived({
    ...{ name: ANSWERS, codec: responseCodec, weigh: weightOf },
    ...{ memoryBytes: 100_000, maxBytes: 10_000 },
  });
  // The response cache uses nothing else of the repository.
  const repository = {
    newRead(demand) {
      const read = createRead(cache, demand);
      return { ...read, budget: watched(read.budget) };
    },
  } as Repository;
  return createResponseCache({
    ...{ store, repository, clock, minIntervalMs: SETTINGS.minIntervalMs },
    execute: (query, _request, read) => (query as SimulatedQuery).execute(read),
  });

  /** A read without a reply need not mean a failed trip: several trips together may have exceeded the budget. */
  function watched(budget: Budget): Budget {
    return {
      spend: (trip) =>
        budget.spend(trip).catch((cause: unknown) => {
          onSpent();
          throw cause;
        }),
    };
  }
}
