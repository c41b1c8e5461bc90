import type { Clock } from '../clock.ts';

/** Reads that wait until another process has filled a key. */
export interface Waiters {
  /** Resolves when one of the keys is reported filled, or after `ms` milliseconds. */
  wait(keys: readonly string[], ms: number): Promise<void>;
  wake(keys: readonly string[]): void;
  /** How many keys are waited for. */
  readonly size: number;
}

export function createWaiters(sleep: (ms: number) => Promise<void>): Waiters {
  const waiting = new Map<string, Set<() => void>>();
  return {
    async wait(keys, ms) {
      const { promise, resolve } = Promise.withResolvers<void>();
      for (const key of keys) waiting.set(key, (waiting.get(key) ?? new Set()).add(resolve));
      await Promise.race([promise, sleep(ms)]);
      for (const key of keys) {
        const others = waiting.get(key);
        others?.delete(resolve);
        if (others?.size === 0) waiting.delete(key);
      }
    },
    wake(keys) {
      for (const key of keys) for (const resolve of waiting.get(key) ?? []) resolve();
    },
    get size() {
      return waiting.size;
    },
  };
}

/** How long one read has waited for each key. The time starts again at 0 when the lease of the key changes hands. */
export interface LeaseWaits {
  /**
   * Takes the current lease owner of each key. Returns the keys whose owner has had the lease for longer than a load may
   * take: that load is not about to end.
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
