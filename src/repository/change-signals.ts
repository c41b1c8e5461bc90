import { type Cache, InvalidationNotAcknowledged as NotTaken } from '../cache/index.ts';
import { InvalidationNotAcknowledged } from '../domain/errors.ts';
import type { Report } from './events.ts';
import { boundedTags, invalidateMany } from './many-tags.ts';
import { CATALOGS, catalogsOfSellerTag, catalogTag, SELLERS, sellerTag } from './keys.ts';

/** Word from the source that a seller or a catalog was added, changed, moved or removed. */
export interface ChangeSignal {
  readonly entity: 'seller' | 'catalog';
  readonly id: number;
  /** Every seller that shows the catalog or showed it before; none where the source does not know, and of a seller. */
  readonly sellerIds: readonly number[];
  readonly occurredAt: Date;
}

/** What an acknowledged delivery came to. */
interface Taken {
  /** How many tags were invalidated. */
  readonly tags: number;
  /** When the last of them was acknowledged, in milliseconds since the epoch. */
  readonly at: number;
}

export interface ChangeSignals {
  /**
   * Invalidates whatever shows what has changed. `signals` are one at least; `refused` is how many of the same delivery
   * could not be read, which is reported beside them.
   * @throws InvalidationNotAcknowledged where Redis did not take all of it. To take the same signals again is safe.
   */
  take(signals: readonly ChangeSignal[], refused: number): Promise<Taken>;
}

export interface ChangeSignalsOptions {
  readonly cache: Pick<Cache, 'invalidate'>;
  readonly report: Report;
}

export function createChangeSignals({ cache, report }: ChangeSignalsOptions): ChangeSignals {
  return {
    async take(signals, refused) {
      const tags = tagsOfSignals(signals);
      const at = await invalidate(tags);
      const occurredAt = signals.reduce((least, each) => Math.min(least, each.occurredAt.getTime()), at);
      report({
        type: 'signals-taken',
        taken: signals.length,
        refused,
        tags: tags.length,
        latencyMs: at - occurredAt,
      });
      return { tags: tags.length, at };
    },
  };

  async function invalidate(tags: readonly string[]): Promise<number> {
    try {
      return await invalidateMany(cache, tags, 'webhook');
    } catch (cause) {
      if (!(cause instanceof NotTaken)) throw cause;
      throw new InvalidationNotAcknowledged(
        'Redis did not acknowledge the invalidation. Deliver the same request again: signals are neither lost nor applied twice.',
        { cause },
      );
    }
  }
}

/**
 * The tags of all entries that may show what has changed, each once. A seller's change reaches the seller, every list of
 * sellers and its own catalogs, which come and go with it. A catalog's reaches the catalog and the lists of its sellers;
 * where those are not known, all catalogs.
 */
export function tagsOfSignals(signals: readonly ChangeSignal[]): readonly string[] {
  return boundedTags(allTagsOf(signals));
}

function* allTagsOf(signals: readonly ChangeSignal[]): Generator<string> {
  for (const signal of signals) yield* tagsOf(signal);
}

function tagsOf({ entity, id, sellerIds }: ChangeSignal): readonly string[] {
  if (entity === 'seller') return [sellerTag(id), SELLERS, catalogsOfSellerTag(id)];
  const lists = sellerIds.map(catalogsOfSellerTag);
  return [catalogTag(id), ...(lists.length > 0 ? lists : [CATALOGS])];
}
