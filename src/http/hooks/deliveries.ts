import type { Cache } from '../../cache/cache.ts';
import { defineKeyClass } from '../../cache/key-class.ts';
import { WINDOW_MS } from './signature.ts';

/** The deliveries that were acknowledged while their timestamps are good, by what tells them apart. */
export interface Deliveries {
  has(identity: string): Promise<boolean>;
  /** Resolves when the other processes know it too, or when Redis did not take it, which is reported. */
  note(identity: string): Promise<void>;
}

// A timestamp may be ahead by the window when it comes, and is refused once it is behind by as much; the clocks of two
// processes differ a little.
const KEPT_MS = 2 * WINDOW_MS + 60_000;

/** Shared by all processes: what one has acknowledged no other takes again. Nothing invalidates them, so they have no tags. */
export function createDeliveries(cache: Pick<Cache, 'peek' | 'set' | 'stamp'>): Deliveries {
  const deliveries = defineKeyClass<string, boolean>({
    name: 'deliveries',
    key: (identity) => `delivery_${identity}`,
    tags: () => [],
    // Without the jitter, which would end some of them before their timestamps.
    policy: { freshMs: KEPT_MS, staleMs: KEPT_MS, jitter: 0 },
    codec: { toJson: (known) => known, fromJson: Boolean },
  });
  return {
    has: async (identity) => (await cache.peek(deliveries, identity)) === true,
    async note(identity) {
      const stamp = await cache.stamp(deliveries, [identity]);
      await cache.set(deliveries, new Map([[identity, true]]), stamp);
    },
  };
}
