import type { Cache } from '../../cache/cache.ts';
import type { Clock } from '../../cache/clock.ts';
import type { CatalogApi } from '../../upstream/catalog-api.ts';
import type { Report } from '../events.ts';
import { EVERYTHING, invalidateMany } from '../many-tags.ts';
import { batchesOf, runBatches } from './batches.ts';
import { type Changes, changesBetween } from './changes.ts';
import type { Pace, Sleep } from './pace.ts';
import { createRounds } from './rounds.ts';
import { type Snapshot, snapshotOf } from './snapshot.ts';
import { createSnapshotStore } from './snapshot-store.ts';

/**
 * For a source that does not tell of its changes: one process of the cluster reads all of it at an interval, and
 * invalidates what has become another since the last time.
 *
 * It cannot see a change that was undone between two polls, nor anything of a seller that is not in the list, nor a
 * field that is not kept, which filters may go by.
 */
export interface Poller {
  /** Waits for the interval, and polls then, again and again. */
  start(): void;
  /** Polls no more, and resolves when what is under way has ended: a call to the upstream at the longest. */
  stop(): Promise<void>;
  /** Polls now, unless another process has done so within the interval. Never rejects: what fails is reported. */
  poll(signal: AbortSignal): Promise<void>;
}

export interface PollerOptions {
  readonly cache: Pick<Cache, 'takeTurn' | 'peek' | 'inspect' | 'invalidate' | 'stamp' | 'set'>;
  readonly api: Pick<CatalogApi, 'sellers' | 'catalogsOf'>;
  readonly pace: Pace;
  /** The mean interval, in milliseconds: each is spread by a tenth either way. */
  readonly pollMs: number;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly sleep: Sleep;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly report: Report;
}

const SPREAD = 0.1;

export function createPoller(options: PollerOptions): Poller {
  const { cache, api, pace, pollMs, clock, sleep, random, report } = options;
  const last = createSnapshotStore(cache);
  const waitMs = () => pollMs * (1 - SPREAD + 2 * SPREAD * random());
  const rounds = createRounds({ waitMs, work: poll, sleep });
  return { ...rounds, poll };

  async function poll(signal: AbortSignal): Promise<void> {
    // The turn is no longer than the shortest wait, or a process by itself would often find it taken by its last poll.
    const everyMs = Math.round(pollMs * (1 - SPREAD));
    // A poll that fails keeps its turn, or each process in turn would try what has just failed. One that is stopped
    // gives it to the next.
    const work = () =>
      compare(signal).catch((cause: unknown) => {
        if (signal.aborted) throw cause;
        report({ type: 'poll-failed', cause });
      });
    await cache.takeTurn('poll', { everyMs }, work).catch(() => {});
  }

  async function compare(signal: AbortSignal): Promise<void> {
    const beganAt = clock.monotonic();
    const before = await last.read();
    const after = await readSource(signal);
    const { count, tags } = before ? changesBetween(before, after) : baseline();
    // All after the source was read: the other way round, an entry that is loaded from it between the invalidation and
    // the reading could hold what is no more when it is read. It would differ from this snapshot, and from every later
    // one in nothing, so that nobody would find it out. As it is, an entry that outlives this was loaded after the
    // reading: what it holds is what was read, or a later change that the next poll finds.
    await invalidateMany(cache, tags, 'poller');
    // Last, so that what was not acknowledged is found again.
    if (before && tags.length === 0) await last.prolong(after);
    else await last.replace(after);
    report({
      type: 'polled',
      sellers: after.size,
      catalogs: new Set([...after.values()].flatMap(({ catalogs }) => [...catalogs.keys()])).size,
      changes: count,
      tags: tags.length,
      baseline: before === null,
      durationMs: clock.monotonic() - beganAt,
    });
  }

  /** @throws what failed of it: half of a source looks like one whose other half was removed. */
  async function readSource(signal: AbortSignal): Promise<Snapshot> {
    const failed = new AbortController();
    const ended = AbortSignal.any([signal, failed.signal]);
    await pace.ready(signal);
    signal.throwIfAborted();
    pace.begin();
    const sellers = await api.sellers();
    // Set in the order of the list, which is part of what is compared, and filled in whatever order batches end.
    const found = new Map(sellers.map((seller) => [seller.id, snapshotOf(seller, [])]));
    const sellerOf = new Map(sellers.map((seller) => [seller.id, seller]));
    await runBatches(
      batchesOf([...found.keys()]),
      async (ids, begin) => {
        begin();
        try {
          const lists = await api.catalogsOf(ids);
          for (const id of ids) {
            const [seller, list] = [sellerOf.get(id), lists.get(id)];
            if (!seller || !list || list instanceof Error) throw list ?? new Error('a seller was left out');
            found.set(id, snapshotOf(seller, list));
          }
        } catch (cause) {
          failed.abort(cause);
        }
      },
      { pace, signal: ended },
    );
    ended.throwIfAborted();
    return found;
  }
}

/** Whatever there is may have changed while nobody looked. */
function baseline(): Changes {
  return { count: 0, tags: EVERYTHING };
}
