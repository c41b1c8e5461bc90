import type { Clock } from '../clock.ts';
import type { InvalidationSource, Report } from '../events.ts';
import type { SharedTier } from '../redis/shared-tier.ts';
import type { Backplane } from './backplane.ts';
import type { Generations } from './generations.ts';
import { checkedTags } from './key-class.ts';

/** An acknowledged invalidation. */
export interface Invalidation {
  readonly tags: readonly {
    readonly tag: string;
    /** Whether the tag had a generation: a tag without one had no entry to invalidate. */
    readonly known: boolean;
  }[];
  /** When it was acknowledged, in milliseconds since the epoch. */
  readonly at: number;
  readonly acknowledgedBy: 'redis' | 'memory';
}

/** Redis did not acknowledge an invalidation. Parts of it may be done, now or later. Trying again is safe. */
export class InvalidationNotAcknowledged extends Error {
  override name = 'InvalidationNotAcknowledged' as const;
}

export interface InvalidatorOptions {
  readonly shared: SharedTier | null;
  readonly backplane: Backplane | null;
  readonly generations: Generations;
  /** Nobody joins the flights of these tags any more. */
  readonly detach: (tags: ReadonlySet<string>) => void;
  /** Values that are held beyond a request depend on the tags. */
  readonly notify: (tags: readonly string[]) => void;
  readonly clock: Clock;
  readonly newToken: () => string;
  readonly report: Report;
  /** How long the trip may take, in milliseconds. */
  readonly tripMs: number;
}

export interface Invalidator {
  invalidate(tags: readonly string[], source?: InvalidationSource): Promise<Invalidation>;
  /** Records that another process has invalidated the tags. */
  hear(tags: readonly string[]): void;
}

export function createInvalidator(options: InvalidatorOptions): Invalidator {
  const { shared, backplane, generations, detach, notify, clock, newToken, report, tripMs } = options;
  return {
    async invalidate(given, source = 'operator') {
      const tags = checkedTags(given);
      const time = generations.tick();
      const tokens = new Map(tags.map((tag) => [tag, newToken()]));
      const known = shared
        ? await renew(shared, tokens, source)
        : new Map(tags.map((tag) => [tag, generations.tokenOf(tag) !== undefined]));
      const at = clock.now();
      const isKnown = (tag: string) => known.get(tag) === true;
      for (const [tag, token] of tokens) generations.adopt(tag, token, time);
      detach(new Set(tags));
      backplane?.publish({ type: 'invalidated', tags });
      notify(tags);
      report({
        type: 'invalidated',
        tags,
        known: tags.filter(isKnown).length,
        source,
        durationMs: clock.monotonic() - time.at,
      });
      return {
        tags: tags.map((tag) => ({ tag, known: isKnown(tag) })),
        at,
        acknowledgedBy: shared ? 'redis' : 'memory',
      };
    },
    hear(tags) {
      for (const tag of tags) generations.markInvalidated(tag);
      detach(new Set(tags));
      report({ type: 'invalidation-heard', tags: tags.length });
      notify(tags);
    },
  };

  async function renew(tier: SharedTier, tokens: ReadonlyMap<string, string>, source: InvalidationSource) {
    try {
      return await tier.renew(tokens, tripMs);
    } catch (cause) {
      const tags = [...tokens.keys()];
      // Redis may have executed it all the same, so the generations are read again before they are trusted.
      for (const tag of tags) generations.markUnverified(tag);
      detach(new Set(tags));
      report({ type: 'invalidation-failed', tags, source, cause });
      throw new InvalidationNotAcknowledged('Redis did not acknowledge the invalidation.', { cause });
    }
  }
}
