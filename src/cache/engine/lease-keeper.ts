import type { Lease, SharedTier } from '../redis/shared-tier.ts';

export interface LeaseKeeperOptions {
  readonly shared: SharedTier;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** How long one trip for a lease may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Called with the number of leases that have expired, or that another process has acquired. */
  readonly onLost: (count: number) => void;
  readonly onFailed: (cause: unknown) => void;
}

// A lease is renewed after this share of its time, so that two trips may fail before it expires.
const EXTEND_AFTER = 1 / 3;
// A hanging trip must leave time for the next one.
const MAX_TRIP = 1 / 6;

/**
 * Renews leases until `work` ends. A failed trip is tried again after the same time. If no trip succeeds, the leases expire:
 * that is their purpose.
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
    const extended = await shared.extend(kept, lease, Math.min(timeoutMs, lease.leaseMs * MAX_TRIP));
    const still = kept.filter((_, index) => extended[index]);
    if (still.length < kept.length) onLost(kept.length - still.length);
    kept = still;
  };
  void keep();
  try {
    return await work();
  } finally {
    working = false;
    // A load is short and a lease is long: the timers of a busy process would pile up.
    ended.abort();
  }
}
