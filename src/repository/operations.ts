import {
  type Cache,
  type HeldEntry,
  type Inspection,
  type Invalidation,
  InvalidDefinition,
  InvalidationNotAcknowledged as NotTaken,
} from '../cache/index.ts';
import { BadUserInput, InvalidationNotAcknowledged } from '../domain/errors.ts';
import { CATALOGS, SELLERS } from './keys.ts';

export type { HeldEntry, Inspection, Invalidation };

/** What operators do to the cache. */
export interface Operations {
  /** @throws InvalidationNotAcknowledged where Redis did not take it, BadUserInput for none and for what is not a tag. */
  invalidate(tags: readonly string[]): Promise<Invalidation>;
  /** @throws BadUserInput for a key of another namespace. */
  inspect(key: string): Promise<Inspection>;
}

/** `tagFault` says what is wrong with a tag that entries of this cache cannot carry. */
export function createOperations(
  cache: Cache,
  tagFault: (tag: string) => string | undefined = () => undefined,
): Operations {
  return {
    async invalidate(tags) {
      if (tags.length === 0) throw new BadUserInput('tags must name at least one tag.');
      for (const tag of tags) {
        const fault = tagFault(tag);
        if (fault !== undefined) throw new BadUserInput(fault);
      }
      try {
        return await cache.invalidate(withCascade(tags));
      } catch (cause) {
        if (cause instanceof InvalidDefinition) throw new BadUserInput(cause.message, { cause });
        if (!(cause instanceof NotTaken)) throw cause;
        throw new InvalidationNotAcknowledged(
          'Redis did not acknowledge the invalidation. It may be partly done; retrying is safe.',
          { cause },
        );
      }
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

/**
 * A seller is shown by the list too, and a catalog by the lists of its sellers, whichever they are: who invalidates
 * one means those as well.
 */
function withCascade(tags: readonly string[]): readonly string[] {
  const lists = tags.flatMap((tag) =>
    /^seller:/.test(tag) ? [SELLERS] : /^catalog:/.test(tag) ? [CATALOGS] : [],
  );
  return [...tags, ...lists];
}
