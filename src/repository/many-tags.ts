import type { Cache, InvalidationSource } from '../cache/index.ts';
import { CATALOGS, SELLERS } from './keys.ts';

// Beyond this, asking for everything again costs less than telling it apart.
const MOST_TAGS = 20_000;

// A trip of more would keep other requests from Redis, and could outlast the time that a trip has.
const TAGS_A_TRIP = 250;

/** Each entry carries one of these, beside its finer tags. */
export const EVERYTHING: readonly string[] = [SELLERS, CATALOGS];

/** The tags, each once, or those of everything where they are too many: as soon as that is known no more are asked for. */
export function boundedTags(tags: Iterable<string>): readonly string[] {
  const distinct = new Set<string>();
  for (const tag of tags) {
    distinct.add(tag);
    if (distinct.size > MOST_TAGS) return EVERYTHING;
  }
  return [...distinct];
}

/**
 * Invalidates the tags, however many there are, in trips of bounded size. Gives when the last of the trips was
 * acknowledged, in milliseconds since the epoch; 0 where there are no tags, for which none is made.
 * @throws InvalidationNotAcknowledged where Redis did not take all of it. To try again is safe.
 */
export async function invalidateMany(
  cache: Pick<Cache, 'invalidate'>,
  tags: readonly string[],
  source: InvalidationSource,
): Promise<number> {
  let at = 0;
  for (let from = 0; from < tags.length; from += TAGS_A_TRIP)
    ({ at } = await cache.invalidate(tags.slice(from, from + TAGS_A_TRIP), source));
  return at;
}
