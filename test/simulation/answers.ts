import type { Clock } from '../../src/cache/clock.ts';
import type { Cache } from '../../src/cache/engine/cache.ts';
import type { Budget } from '../../src/cache/engine/read-options.ts';
import type { Trial } from '../../src/cache/engine/trial.ts';
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

/** How a query is executed: with reads that may wait, or with those of a trial. */
export interface Executions {
  readonly execute: (read: Read) => Promise<GraphqlResponse>;
  readonly executeAtOnce: (read: Read, trial: Trial) => GraphqlResponse;
}

/** A query with its own executions. */
interface SimulatedQuery extends CacheQuery, Executions {}

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

/** The response to a query, which is executed if the cache of the process has no response; null if it may not be. */
export async function respond(
  cache: ResponseCache,
  key: string,
  directives: RequestDirectives,
  executions: Executions,
): Promise<ServedResponse | null> {
  const query: SimulatedQuery = {
    ...{ parameters: {}, operation: null, isPersonal: false, ...executions },
    keys: { 'application/json': key, 'application/graphql-response+json': key },
  };
  const request: ParsedRequest = { ...REQUEST, directives };
  const atOnce = cache.peek(query, request) ?? cache.executeAtOnce(query, request);
  return atOnce ?? (await cache.find(query, request));
}

/** The gateway's own response cache, over the cache of a simulated process. */
export function createAnswers(cache: Cache, clock: Clock): ResponseCache {
  const store = cache.derived({
    ...{ name: ANSWERS, codec: responseCodec, weigh: weightOf },
    ...{ memoryBytes: 100_000, maxBytes: 10_000 },
  });
  // The response cache uses nothing else of the repository.
  const repository = {
    newTrial: () => createRead(cache, {}, {}, cache.newTrial()),
    newRead: (demand) => createRead(cache, demand),
  } as Repository;
  return createResponseCache({
    ...{ store, repository, clock, minIntervalMs: SETTINGS.minIntervalMs },
    execute: (query, _request, read) => (query as SimulatedQuery).execute(read),
    executeAtOnce(query, _request, read) {
      if (!read.trial) return undefined;
      try {
        return (query as SimulatedQuery).executeAtOnce(read, read.trial);
      } catch (error) {
        if ((error as Error).name === 'NotAtOnce') return undefined;
        throw error;
      }
    },
  });
}

/** The cache with budgets that tell when one of their trips gets no reply. */
export function withWatchedBudgets(cache: Cache, onSpent: () => void): Cache {
  return { ...cache, newBudget: () => watched(cache.newBudget()) };

  /** That need not be a failed trip: several trips together may have exceeded the budget. */
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
