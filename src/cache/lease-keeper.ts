import type { Lease, SharedTier } from './shared-tier.ts';

export interface LeaseKeeperOptions {
  readonly shared: SharedTier;
  readonly sleep: (ms: number) => Promise<void>;
  /** How long one trip for a lease may take, in milliseconds. */
  readonly timeoutMs: number;
}

// A lease is put off when this part of it has passed, so that two trips may fail before it runs out.
const EXTEND_AFTER = 1 / 3;

/**
 * Puts off the end of leases while `work` goes on. A trip that fails is tried again at the next turn: if none comes
 * through, the leases run out, which is what they are for.
 */
export async function keepLeases<T>(
  keys: readonly string[],
  lease: Lease,
  work: () => Promise<T>,
  { shared, sleep, timeoutMs }: LeaseKeeperOptions,
): Promise<T> {
  let working = true;
  const keep = async () => {
    while (working) {
      await sleep(lease.leaseMs * EXTEND_AFTER);
      if (working) await shared.extend(keys, lease, timeoutMs).catch(() => {});
    }
  };
  void keep();
  try {
    return await work();
  } finally {
    working = false;
  }
}
