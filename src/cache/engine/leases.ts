import type { Report } from '../events.ts';
import type { Acquired, Fill, GenerationTokens, Lease, SharedTier } from '../redis/shared-tier.ts';
import type { Generations } from './generations.ts';
import { allTagsOf, type Batch } from './key-class.ts';
import type { Budget } from './read-options.ts';

/** Carries a failure to the processes that wait for it. */
export interface FailureCodec {
  readonly toText: (failure: Error) => string;
  readonly fromText: (text: string) => Error;
}

/** The reply to a lease request: one `acquired` a key, in the order of the keys, and the generations of all tags. */
export interface AcquireResult {
  readonly acquired: readonly Acquired<unknown>[];
  readonly tokens: GenerationTokens;
}

export interface LeasesOptions {
  readonly shared: SharedTier;
  readonly generations: Generations;
  readonly failureCodec: FailureCodec;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly report: Report;
  /** Runs work that no request waits for. */
  readonly runInBackground: (work: Promise<unknown>) => void;
  /** How long a trip may take that no request waits for, in milliseconds. */
  readonly tripMs: number;
}

/** Leases in Redis, and what a load stores under them. Nothing here rejects: a failed trip is reported. */
export interface Leases {
  /** Tries for the leases of the keys. Null if Redis did not answer. */
  acquire(batch: Batch, keys: readonly string[], lease: Lease, budget: Budget): Promise<AcquireResult | null>;
  /** Does the work and renews the leases until it ends. */
  keep<T>(batch: Batch, keys: readonly string[], lease: Lease, work: () => Promise<T>): Promise<T>;
  /** Stores what was loaded under the leases, shares the failures, and releases all leases. */
  finish(
    batch: Batch,
    keys: readonly string[],
    lease: Lease,
    loaded: { readonly fills: readonly Fill[]; readonly failed: ReadonlyMap<string, Error> },
  ): Promise<void>;
  /** Releases the leases in the background. */
  release(batch: Batch, keys: readonly string[], lease: Lease): void;
  /** Stores, in the background, what was loaded without a lease. */
  put(batch: Batch, fills: readonly Fill[]): void;
}

export function createLeases(options: LeasesOptions): Leases {
  const { shared, generations, failureCodec, sleep, report, runInBackground, tripMs } = options;

  return {
    async acquire(batch, keys, lease, budget) {
      const tags = allTagsOf(batch, keys);
      // Taken before the trip: the generations that it returns are those of a load that begins after it.
      const time = generations.tick();
      try {
        const result = await budget.spend((ms) =>
          shared.acquire(keys, tags, lease, batch.keyClass.codec, ms),
        );
        for (const tag of tags) generations.learn(tag, result.tokens.get(tag), time);
        return result;
      } catch (cause) {
        report({ type: 'store-failed', operation: 'acquire', keyClass: batch.keyClass.name, cause });
        // Redis may have executed the command: without a release, every process would wait for a lease without an owner.
        release(batch, keys, lease);
        return null;
      }
    },
    keep: ({ keyClass: { name } }, keys, lease, work) =>
      keepLeases(keys, lease, work, {
        shared,
        sleep,
        timeoutMs: tripMs,
        onLost: (count) => report({ type: 'lease-lost', keyClass: name, count }),
        onFailed: (cause) => report({ type: 'store-failed', operation: 'extend', keyClass: name, cause }),
      }),
    async finish(batch, keys, lease, { fills, failed }) {
      const { name, policy } = batch.keyClass;
      const done = new Set([...fills.map(({ key }) => key), ...(policy.pauseMs > 0 ? failed.keys() : [])]);
      await Promise.all([
        quietly('fill', name, () => fill(batch, fills, lease)),
        ...[...failed]
          .filter(([key]) => done.has(key))
          .map(([key, failure]) =>
            quietly('fail', name, () =>
              shared.fail([key], lease.owner, failureCodec.toText(failure), policy.pauseMs, tripMs),
            ),
          ),
        quietly('release', name, () =>
          shared.release(
            keys.filter((key) => !done.has(key)),
            lease.owner,
            tripMs,
          ),
        ),
      ]);
    },
    release,
    put(batch, fills) {
      runInBackground(quietly('put', batch.keyClass.name, () => shared.put(fills, tripMs)));
    },
  };

  async function fill(batch: Batch, fills: readonly Fill[], lease: Lease): Promise<void> {
    const stored = await shared.fill(fills, lease.owner, tripMs).catch((cause: unknown) => {
      const keys = fills.map(({ key }) => key);
      // A full Redis refuses the fill and still releases leases: nobody has to wait until they expire.
      release(batch, keys, lease);
      throw cause;
    });
    const count = stored.filter((each) => !each).length;
    if (count > 0) report({ type: 'fill-discarded', keyClass: batch.keyClass.name, count });
  }

  function release(batch: Batch, keys: readonly string[], lease: Lease): void {
    runInBackground(quietly('release', batch.keyClass.name, () => shared.release(keys, lease.owner, tripMs)));
  }

  async function quietly(operation: string, keyClass: string, trip: () => Promise<unknown>): Promise<void> {
    await trip().catch((cause: unknown) => report({ type: 'store-failed', operation, keyClass, cause }));
  }
}

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
