import {
  type Cache,
  type HeldEntry,
  type Inspection,
  type Invalidation,
  InvalidDefinition,
} from '../cache/index.ts';
import { BadUserInput } from '../domain/errors.ts';
import { invalidateTags } from './invalidations.ts';
import { boundedTags, reachOfTag, tagFault } from './keys.ts';

export type { HeldEntry, Inspection, Invalidation };

/** What operators can do with the cache. */
export interface Operations {
  /**
   * Invalidates the tags and everything that they reach.
   * @throws InvalidationNotAcknowledged if Redis did not acknowledge it; BadUserInput for an empty list or an invalid tag.
   */
  invalidate(tags: readonly string[]): Promise<Invalidation>;
  /** @throws BadUserInput for a key of another namespace. */
  inspect(key: string): Promise<Inspection>;
}

export function createOperations(cache: Cache): Operations {
  return {
    async invalidate(tags) {
      if (tags.length === 0) throw new BadUserInput('tags must name at least one tag.');
      for (const tag of tags) {
        const fault = tagFault(tag);
        if (fault !== undefined) throw new BadUserInput(fault);
      }
      return invalidateTags(cache, boundedTags([...tags, ...tags.flatMap(reachOfTag)]), 'operator');
    },
    async inspect(key) {
      try {
        return await cache.inspect(key);
      } catch (cause) {
        if (cause instanceof InvalidDefinition) throw new BadUserInput(cause.message, { cause });
        throw cause;
      }
    },
  };
}
