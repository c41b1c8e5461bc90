import {
  type Cache,
  type Invalidation,
  type InvalidationSource,
  InvalidationNotAcknowledged as NotTaken,
} from '../cache/index.ts';
import { InvalidationNotAcknowledged } from '../domain/errors.ts';

// A larger trip would delay other requests to Redis, and could exceed its timeout.
const TAGS_PER_TRIP = 250;

/**
 * Invalidates the tags in trips of bounded size. The result combines all trips, with the time of the last one; `at` is 0 if
 * there are no tags, which takes no trip.
 * @throws InvalidationNotAcknowledged if Redis did not acknowledge all of it. Retrying is safe.
 */
export async function invalidateTags(
  cache: Pick<Cache, 'invalidate'>,
  tags: readonly string[],
  source: InvalidationSource,
): Promise<Invalidation> {
  let result: Invalidation = { tags: [], at: 0, acknowledgedBy: 'memory' };
  for (let from = 0; from < tags.length; from += TAGS_PER_TRIP) {
    const trip = await cache.invalidate(tags.slice(from, from + TAGS_PER_TRIP), source).catch(toGatewayError);
    result = { ...trip, tags: [...result.tags, ...trip.tags] };
  }
  return result;
}

function toGatewayError(cause: unknown): never {
  if (!(cause instanceof NotTaken)) throw cause;
  throw new InvalidationNotAcknowledged(
    'Redis did not acknowledge the invalidation. It may be partly done; retrying is safe.',
    { cause },
  );
}
