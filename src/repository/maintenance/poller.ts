import type { Cache, CacheModule, ExclusiveResult, LockHandle } from '../../cache/index.ts';
import type { Clock } from '../../domain/clock.ts';
import type { CatalogApi } from '../../upstream/catalog-api.ts';
import type { Report } from '../events.ts';
import { invalidateTags } from '../invalidations.ts';
import { boundedTags, EVERYTHING } from '../keys.ts';
import { inSlices } from '../slices.ts';
import { type Changes, changesBetween } from './changes.ts';
import { createPeriodicTask } from './periodic-task.ts';
import type { RateLimiter, Sleep } from './rate-limiter.ts';
import { readSource } from './read-source.ts';
import type { Snapshot } from './snapshot.ts';
import { createSnapshotStore, POLL_JOB } from './snapshot-store.ts';

/**
 * Polls a source that does not send webhooks: one process of the cluster reads the whole source at an interval, and
 * invalidates everything that differs from the previous snapshot.
 *
 * Limits: a poll misses a change that was undone between two polls, a seller that is not in the list, and a field that
 * the projection drops, although filters may use it. If Redis refused the invalidation of a change, and the change is
 * undone before the next poll, only the process that found it knows of it. That process invalidates at its next
 * interval, even if another process polls then. If it ends before that, the invalidation is lost.
 */
export interface Poller {
  /** Polls at the interval, for the first time after one interval. */
  start(): void;
  /** Stops polling, and resolves when a running poll has ended: after one upstream call at the latest. */
  stop(): Promise<void>;
  /**
   * Polls now, unless another process has polled within the interval. Resolves with whether it polled. Never rejects:
   * failures are reported.
   */
  poll(signal: AbortSignal): Promise<ExclusiveResult>;
  /**
   * The poll at the start. If another process is making the very first poll, it resolves when that poll has ended, after
   * two minutes at the latest.
   */
  pollFirst(signal: AbortSignal): Promise<void>;
}

export interface PollerOptions {
  readonly cache: Pick<Cache, 'runExclusive' | 'invalidate'>;
  readonly keyValue: CacheModule['keyValue'];
  readonly api: Pick<CatalogApi, 'sellers' | 'catalogsOf'>;
  readonly limiter: RateLimiter;
  /** The mean interval, in milliseconds: each is spread by a tenth either way. */
  readonly pollMs: number;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly sleep: Sleep;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly report: Report;
}

const SPREAD = 0.1;

// The very first poll invalidates everything, so other processes wait for its end. For some thousand sellers it takes less.
const FIRST_POLL_MS = 120_000;
const LOOK_AGAIN_MS = 1000;

/** Redis did not answer, so another process may be polling, or none. */
class LockUnavailable extends Error {
  override name = 'LockUnavailable' as const;
}

export function createPoller(options: PollerOptions): Poller {
  const { cache, keyValue, api, limiter, pollMs, clock, sleep, random, report } = options;
  const last = createSnapshotStore(keyValue);
  const waitMs = () => pollMs * (1 - SPREAD + 2 * SPREAD * random());
  const task = createPeriodicTask({ waitMs, work: async (signal) => void (await poll(signal)), sleep });
  /** Tags that changed as far as this process has seen, and whose invalidation Redis has not acknowledged. */
  let pendingInvalidations: readonly string[] = [];
  return { ...task, poll, pollFirst };

  async function poll(signal: AbortSignal): Promise<ExclusiveResult> {
    // No longer than the shortest wait, or a single process would often find its job locked by its last poll.
    const everyMs = Math.round(pollMs * (1 - SPREAD));
    // A failed poll keeps its lock, or one process after the other would try what has just failed. A poll that is
    // stopped releases it.
    const work = (lock: LockHandle) =>
      compare(signal, lock).catch((cause: unknown) => {
        if (signal.aborted) throw cause;
        report({ type: 'poll-failed', cause });
      });
    const result = await cache.runExclusive(POLL_JOB, { everyMs }, work).catch((): ExclusiveResult => 'ran');
    // The cache reports an invalidation that is not acknowledged; it stays pending.
    if (result === 'locked') await invalidate([]).catch(() => {});
    if (result === 'no-redis' && !signal.aborted)
      report({ type: 'poll-failed', cause: new LockUnavailable('Redis did not grant the poll lock') });
    return result;
  }

  async function pollFirst(signal: AbortSignal): Promise<void> {
    const giveUpAt = clock.monotonic() + FIRST_POLL_MS;
    const isAnothers = async () => (await poll(signal)) === 'locked' && !(await last.exists());
    while (clock.monotonic() < giveUpAt && !signal.aborted && (await isAnothers()))
      await sleep(LOOK_AGAIN_MS, signal).catch(() => {});
  }

  async function compare(signal: AbortSignal, lock: LockHandle): Promise<void> {
    const beganAt = clock.monotonic();
    const before = await last.read();
    const ending = AbortSignal.any([signal, lock.signal]);
    const after = await readSource({ api, limiter, signal: ending, before });
    const { count, tags } = before ? await changesBetween(before, after) : baseline();
    const catalogs = await countCatalogs(after);
    // Without a stored snapshot, each poll would be the first, and invalidate everything.
    last.checkSize(after);
    // A process that has the lock now has read the source later, and finds the same changes.
    lock.signal.throwIfAborted();
    // Invalidate after the whole source was read. In the other order, an entry that is loaded between the invalidation and
    // the reading could hold a state that is gone when the poll reads. This snapshot and every later one would have the
    // newer state, so no poll would find the old entry. In this order, an entry that outlives the invalidation was loaded
    // after the reading: it has the state of the snapshot, or a later change that the next poll finds.
    await invalidate(tags);
    // Store the snapshot last, so that the next poll finds unacknowledged changes again.
    if (before && tags.length === 0) await last.prolong(after, lock);
    else await last.replace(after, lock);
    report({
      type: 'polled',
      sellers: after.size,
      catalogs,
      changes: count,
      tags: tags.length,
      baseline: before === null,
      durationMs: clock.monotonic() - beganAt,
    });
  }

  /** Sends the pending invalidations too: if the change has been undone meanwhile, no poll finds it again. */
  async function invalidate(tags: readonly string[]): Promise<void> {
    pendingInvalidations = boundedTags([...pendingInvalidations, ...tags]);
    await invalidateTags(cache, pendingInvalidations, 'poller');
    pendingInvalidations = [];
  }
}

/** Without a snapshot, any entry may have changed. */
function baseline(): Changes {
  return { count: 0, tags: EVERYTHING };
}

async function countCatalogs(snapshot: Snapshot): Promise<number> {
  const ids = new Set<number>();
  await inSlices(snapshot.values(), ({ catalogs }) => {
    for (const id of catalogs.keys()) ids.add(id);
  });
  return ids.size;
}
