import type { Cache, KeyClass } from '../../cache/index.ts';
import type { RateLimit } from '../../upstream/rate-limit.ts';
import type { Report } from '../events.ts';
import { SELLERS, sellerIdOf } from '../keys.ts';
import { batchesOf, runBatches } from './batches.ts';
import { createListRefresher, type ListRefresherOptions, type RefreshResult } from './list-refresher.ts';
import { createPeriodicTask } from './periodic-task.ts';
import type { RateLimiter, Sleep } from './rate-limiter.ts';

/** Refreshes the most requested lists before they go stale, so that no request meets the refresh. */
export interface KeepWarm {
  /** Ticks every ten seconds. */
  start(): void;
  /** Stops ticking, and resolves when running work has ended: after one upstream call at the latest. */
  stop(): Promise<void>;
  /** Refreshes lists that are about to go stale. Never rejects: failures are counted and reported. */
  tick(signal: AbortSignal): Promise<void>;
}

export interface KeepWarmOptions extends ListRefresherOptions {
  readonly cache: Pick<Cache, 'hottest' | 'getMany'>;
  readonly limiter: RateLimiter;
  /** Maximum number of sellers whose catalogs are refreshed before they expire. */
  readonly maxSellers: number;
  readonly sleep: Sleep;
  readonly report: Report;
}

const TICK_MS = 10_000;
// Two ticks, so that one may fail.
const AHEAD_MS = 2 * TICK_MS;
// A list with a short lifetime must not be refreshed constantly, so this share bounds the lead time.
const AHEAD_SHARE = 0.5;
// A read counts half after each minute: a list requested once is hot for one tick.
const MIN_READS = 1;

export function createKeepWarm(options: KeepWarmOptions): KeepWarm {
  const { cache, keyClasses, limiter, maxSellers, sleep, report } = options;
  const refresher = createListRefresher(options);
  const ahead = { sellers: aheadMs(keyClasses.sellers), catalogs: aheadMs(keyClasses.catalogs) };
  const task = createPeriodicTask({ waitMs: () => TICK_MS, work: tick, sleep });
  return { ...task, tick };

  async function tick(signal: AbortSignal): Promise<void> {
    let [renewed, failed] = [0, 0];
    const add = (each: RefreshResult) => {
      renewed += each.loaded;
      failed += each.failed;
    };
    const listIsHot = hottest(1, (tag) => tag === SELLERS).length > 0;
    if (ahead.sellers > 0 && listIsHot) {
      await limiter.available(signal);
      if (!signal.aborted) add(await refresher.sellers(ahead.sellers, limiter.within(signal)));
    }
    if (ahead.catalogs > 0) {
      const tags = hottest(maxSellers, (tag) => sellerIdOf(tag) !== undefined);
      const batches = batchesOf(tags.flatMap((tag) => sellerIdOf(tag) ?? []));
      const work = async (ids: readonly number[], rateLimit: RateLimit) =>
        add(await refresher.catalogs(ids, ahead.catalogs, rateLimit));
      await runBatches(batches, work, { limiter, signal });
    }
    if (renewed + failed > 0) report({ type: 'kept-warm', renewed, failed });
  }

  function hottest(count: number, matching: (tag: string) => boolean): readonly string[] {
    return cache
      .hottest(count, matching)
      .filter(({ reads }) => reads >= MIN_READS)
      .map(({ tag }) => tag);
  }
}

/** Lead time of a refresh before an entry goes stale; 0 for a class without fresh entries. */
function aheadMs({ policy }: Pick<KeyClass<never, never>, 'policy'>): number {
  const shortestMs = Math.min(policy.freshMs, policy.adaptive?.floorMs ?? policy.freshMs);
  return Math.min(AHEAD_MS, Math.floor(shortestMs * AHEAD_SHARE));
}
