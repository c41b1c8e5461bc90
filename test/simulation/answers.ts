import type { Clock } from '../../src/cache/clock.ts';
import type { Budget } from '../../src/cache/engine/budget.ts';
import type { Cache } from '../../src/cache/engine/cache.ts';
import { createResponseCache, type ResponseCache } from '../../src/http/response-cache/response-cache.ts';
import { answerCodec, weightOf } from '../../src/http/response-cache/stored-response.ts';
import type { Repository } from '../../src/repository/index.ts';
import { createRead } from '../../src/repository/read.ts';
import { SETTINGS } from './settings.ts';

/** What answers are called in events. */
export const ANSWERS = 'answer';

/** The gateway's own response cache, over the cache of a simulated process. `onSpent`: a read of it got nothing from Redis. */
export function createAnswers(cache: Cache, clock: Clock, onSpent: () => void): ResponseCache {
  const store = cache.derived({
    ...{ name: ANSWERS, codec: answerCodec, weigh: weightOf },
    ...{ memoryBytes: 100_000, maxBytes: 10_000 },
  });
  // It wants nothing else of it.
  const repository = {
    newRead(demand) {
      const read = createRead(cache, demand);
      return { ...read, budget: watched(read.budget) };
    },
  } as Repository;
  return createResponseCache({ store, repository, clock, minIntervalMs: SETTINGS.minIntervalMs });

  /** What one query has to do without is no trip that failed: it may have been several that took too long together. */
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
