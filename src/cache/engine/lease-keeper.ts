import type { Lease, SharedTier } from '../redis/shared-tier.ts';

export interface LeaseKeeperOptions {
  readonly shared: SharedTier;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** How long one trip for a lease may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Told how many leases have become somebody else's, or have run out. */
  readonly onLost: (count: number) => void;
  readonly onFailed: (cause: unknown) => void;
}

// A lease is renewed when this part of it has passed, so that two trips may fail before it runs out.
const EXTEND_AFTER = 1 / 3;
// A trip that hangs must leave time for the next one.
const LONGEST_TRIP = 1 / 6;

/**
 * Puts off the end of leases while `work` goes on. A trip that fails is tried again at the next turn: if none comes
 * through, the leases run out, which is what they are for.
 */
export async function keepLeases<T>(
  keys: readonly string[],
  lease: Lease,
  work: () => Promise<T>,
  { shared, sleep, timeoutMs, onLost, onFailed }: LeaseKeeperOptions,
): Promise<T> {
  const ended = new AbortController();
  let working = true;
  let kept = keys;
  const keep = async () => {
    while (working && kept.length > 0) {
      await sleep(lease.leaseMs * EXTEND_AFTER, ended.signal).catch(() => {});
      if (working) await extend().catch(onFailed);
    }
  };
  const extend = async () => {
    const extended = await shared.extend(kept, lease, Math.min(timeoutMs, lease.leaseMs * LONGEST_TRIP));
    const still = kept.filter((_, index) => extended[index]);
    if (still.length < kept.length) onLost(kept.length - still.length);
    kept = still;
  };
  void keep();
  try {
    return await work();
  } finally {
    working = false;
    // A load is short and a lease long: the timers of a busy process would pile up.
    ended.abort();
  }
}
