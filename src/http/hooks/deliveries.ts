import type { Cache } from '../../cache/cache.ts';
import { defineKeyClass } from '../../cache/key-class.ts';
import { InvalidationNotAcknowledged } from '../../domain/errors.ts';
import { WINDOW_MS } from './signature.ts';

/** The deliveries that were acknowledged while their timestamps are good, by what tells them apart. */
export interface Deliveries {
  /** @throws InvalidationNotAcknowledged where only Redis could tell, and it does not answer. */
  has(identity: string): Promise<boolean>;
  /** Resolves when the other processes know it too, or when Redis did not take it, which is reported. */
  note(identity: string): Promise<void>;
}

// A timestamp may be ahead by the window when it comes, and is refused once it is behind by as much; the clocks of two
// processes differ a little.
const KEPT_MS = 2 * WINDOW_MS + 60_000;

/** Shared by all processes: what one has acknowledged no other takes again. Nothing invalidates them, so they have no tags. */
export function createDeliveries(cache: Pick<Cache, 'inspect' | 'set' | 'stamp'>): Deliveries {
  const deliveries = defineKeyClass<string, boolean>({
    name: 'deliveries',
    key: nameOf,
    tags: () => [],
    // Without the jitter, which would end some of them before their timestamps.
    policy: { freshMs: KEPT_MS, staleMs: KEPT_MS, jitter: 0 },
    codec: { toJson: (known) => known, fromJson: Boolean },
  });
  return {
    async has(identity) {
      // Not by a read, which takes a Redis that is slow or away for one that knows nothing, as answers are better off:
      // a sender can wait, and a replay would be taken.
      const { memory, redis, redisAnswered } = await cache.inspect(nameOf(identity));
      if (memory?.state === 'fresh' || redis?.state === 'fresh') return true;
      if (redisAnswered) return false;
      throw new InvalidationNotAcknowledged(
        'Redis did not acknowledge the invalidation. It did not say whether this delivery was taken before, so nothing was done: deliver the same again.',
      );
    },
    async note(identity) {
      const stamp = await cache.stamp(deliveries, [identity]);
      await cache.set(deliveries, new Map([[identity, true]]), stamp);
    },
  };
}

function nameOf(identity: string): string {
  return `delivery_${identity}`;
}
