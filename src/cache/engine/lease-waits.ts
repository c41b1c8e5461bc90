import type { Clock } from '../clock.ts';

/** For how long the keys of one read have been waited for, each counted again from 0 when its lease changes hands. */
export interface LeaseWaits {
  /**
   * Takes in who has the lease of each key now. Gives the keys whose lease one owner has had for longer than a load
   * may take: whatever that owner does, it is not about to end.
   */
  overdue(ownerByKey: ReadonlyMap<string, string>): readonly string[];
}

/** `limitMs` is the longest that a load may take, in milliseconds. */
export function createLeaseWaits(limitMs: number, clock: Pick<Clock, 'monotonic'>): LeaseWaits {
  const waits = new Map<string, { readonly owner: string; readonly since: number }>();
  return {
    overdue(ownerByKey) {
      const now = clock.monotonic();
      for (const [key, owner] of ownerByKey)
        if (waits.get(key)?.owner !== owner) waits.set(key, { owner, since: now });
      return [...ownerByKey.keys()].filter((key) => now - (waits.get(key)?.since ?? now) >= limitMs);
    },
  };
}
