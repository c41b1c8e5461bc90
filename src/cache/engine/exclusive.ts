import type { Clock } from '../clock.ts';
import type { Report } from '../events.ts';
import type { SharedTier } from '../redis/shared-tier.ts';
import type { Codec } from './encoded-entry.ts';
import { InvalidDefinition, redisKey } from './key-class.ts';
import { keepLeases } from './leases.ts';

/**
 * The result of a job. `locked`: another process runs it, or its interval is not over. `no-redis`: Redis did not reply, so
 * this process cannot know.
 */
export type ExclusiveResult = 'ran' | 'locked' | 'no-redis';

/** The lock under which a job runs. */
export interface LockHandle {
  /** The key of the lock, without the prefix. A value that is stored under the lock has this key: see `KeyValue`. */
  readonly key: string;
  /** The owner of its lease in Redis; null in a process without Redis, which cannot lose a lock. */
  readonly owner: string | null;
  /** Aborts with LockLost as soon as this process knows that the lock is lost. It may have been lost for a while. */
  readonly signal: AbortSignal;
}

/** Another process may have acquired the lock while the job of this one was still running. */
export class LockLost extends Error {
  override name = 'LockLost' as const;
}

export interface ExclusiveJobs {
  /**
   * Runs `work` in one process, and in no other until `everyMs` milliseconds after its start, or until its end if it takes
   * longer. If the work fails, or its process dies, the next caller may run it. The next run may come too early if Redis
   * loses the lease, or if the rest of the interval cannot be stored at the end of the work.
   * @param name lower-case letters and underscores. A name stands for a kind of job, and each name is one lock.
   * @throws the error of `work`.
   */
  runExclusive(
    name: string,
    interval: { readonly everyMs: number },
    work: (lock: LockHandle) => Promise<void>,
  ): Promise<ExclusiveResult>;
}

export interface ExclusiveJobsOptions {
  readonly keyPrefix: string;
  readonly shared: SharedTier | null;
  readonly clock: Clock;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly newToken: () => string;
  readonly report: Report;
  /** How long the lock of a process that died stays locked, in milliseconds. */
  readonly leaseMs: number;
  /** How long one trip to Redis may take, in milliseconds. */
  readonly tripMs: number;
}

/** The name of locks in keys and events. */
const LOCK = 'turn';
/** The key of a lock has no entry, only a lease. */
const noEntry: Codec<null> = { toJson: () => null, fromJson: () => null };

/** The key of the lock of a job, without the prefix. */
export function lockKey(name: string): string {
  return `${LOCK}_${name}`;
}

export function createExclusiveJobs(options: ExclusiveJobsOptions): ExclusiveJobs {
  const { keyPrefix, shared, clock } = options;
  const runAlone = createLocalJobs(clock);

  return {
    async runExclusive(name, { everyMs }, work) {
      if (!/^[a-z_]+$/.test(name)) {
        throw new InvalidDefinition(
          `Job ${JSON.stringify(name)} must consist of lower-case letters and underscores.`,
        );
      }
      const key = lockKey(name);
      return shared ? runLeased(key, everyMs, work, shared) : runAlone(key, everyMs, work);
    },
  };

  async function runLeased(
    key: string,
    everyMs: number,
    work: (lock: LockHandle) => Promise<void>,
    tier: SharedTier,
  ): Promise<ExclusiveResult> {
    const { sleep, newToken, report, leaseMs, tripMs } = options;
    const failed = (operation: string) => (cause: unknown) =>
      report({ type: 'store-failed', operation, keyClass: LOCK, cause });
    const keys = [redisKey(keyPrefix, key)];
    const lease = { owner: newToken(), leaseMs };
    // If Redis granted a lease but its reply was lost, the lease soon expires by itself.
    const tried = await tier.acquire(keys, [], lease, noEntry, tripMs).catch(failed(LOCK));
    if (!tried) return 'no-redis';
    if (tried.acquired[0]?.lease !== 'acquired') return 'locked';

    const beganAt = clock.monotonic();
    const lost = new AbortController();
    const onLost = () => {
      if (lost.signal.aborted) return;
      lost.abort(new LockLost('the lock was lost during the job'));
      report({ type: 'lease-lost', keyClass: LOCK, count: 1 });
    };
    const extend = async (ms: number) => {
      const kept = await tier.extend(keys, { ...lease, leaseMs: ms }, tripMs).catch(failed('extend'));
      if (kept?.[0] === false) onLost();
    };
    const release = () => tier.release(keys, lease.owner, tripMs).catch(failed('release'));
    const lock: LockHandle = { key, owner: lease.owner, signal: lost.signal };
    const keeper = { shared: tier, sleep, timeoutMs: tripMs, onLost, onFailed: failed('extend') };
    try {
      await keepLeases(keys, lease, () => work(lock), keeper);
      const leftMs = Math.ceil(everyMs - (clock.monotonic() - beganAt));
      if (leftMs <= 0) await release();
      else if (!lost.signal.aborted) await extend(leftMs);
      return 'ran';
    } catch (cause) {
      await release();
      throw cause;
    }
  }
}

/** Jobs of a process without Redis. */
function createLocalJobs(clock: Clock) {
  const lockedUntil = new Map<string, number>();
  const { signal } = new AbortController();
  return async (
    key: string,
    everyMs: number,
    work: (lock: LockHandle) => Promise<void>,
  ): Promise<ExclusiveResult> => {
    const beganAt = clock.monotonic();
    if (beganAt < (lockedUntil.get(key) ?? beganAt)) return 'locked';
    lockedUntil.set(key, Number.POSITIVE_INFINITY);
    try {
      await work({ key, owner: null, signal });
      lockedUntil.set(key, beganAt + everyMs);
      return 'ran';
    } catch (cause) {
      lockedUntil.delete(key);
      throw cause;
    }
  };
}
