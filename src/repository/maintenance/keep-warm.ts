import type { Cache, KeyClass } from '../../cache/index.ts';
import type { Pacer } from '../../upstream/pacer.ts';
import type { Report } from '../events.ts';
import { SELLERS, sellerIdOf } from '../keys.ts';
import { batchesOf, runBatches } from './batches.ts';
import type { Pace, Sleep } from './pace.ts';
import { createRenewals, type RenewalsOptions, type Renewed } from './renewals.ts';
import { createRounds } from './rounds.ts';

/** Renews what is asked for most before it goes stale, so that nobody who asks for it meets the refresh. */
export interface KeepWarm {
  /** Ticks every ten seconds. */
  start(): void;
  /** Ticks no more, and resolves when what is under way has ended: a call to the upstream at the longest. */
  stop(): Promise<void>;
  /** Renews what is about to go stale. Never rejects: what fails is counted and reported. */
  tick(signal: AbortSignal): Promise<void>;
}

export interface KeepWarmOptions extends RenewalsOptions {
  readonly cache: Pick<Cache, 'hottest' | 'getMany'>;
  readonly pace: Pace;
  /** Of how many sellers the catalogs are kept warm, at the most. */
  readonly mostSellers: number;
  readonly sleep: Sleep;
  readonly report: Report;
}

const TICK_MS = 10_000;
// Two ticks, so that one may fail.
const AHEAD_MS = 2 * TICK_MS;
// A short life would be spent being renewed; and what is renewed later than a tick ahead may go stale before its turn.
const AHEAD_SHARE = 0.5;
// A read counts half as much for every minute that it is past: what was asked for once is hot for a tick.
const LEAST_READS = 1;

export function createKeepWarm(options: KeepWarmOptions): KeepWarm {
  const { cache, keyClasses, pace, mostSellers, sleep, report } = options;
  const renewals = createRenewals(options);
  const ahead = { sellers: aheadMs(keyClasses.sellers), catalogs: aheadMs(keyClasses.catalogs) };
  const rounds = createRounds({ waitMs: () => TICK_MS, work: tick, sleep });
  return { ...rounds, tick };

  async function tick(signal: AbortSignal): Promise<void> {
    let [renewed, failed] = [0, 0];
    const add = (each: Renewed) => {
      renewed += each.loaded;
      failed += each.failed;
    };
    const listIsHot = hottest(1, (tag) => tag === SELLERS).length > 0;
    if (ahead.sellers > 0 && listIsHot) {
      await pace.free(signal);
      if (!signal.aborted) add(await renewals.sellers(ahead.sellers, pace.pacer(signal)));
    }
    if (ahead.catalogs > 0) {
      const tags = hottest(mostSellers, (tag) => sellerIdOf(tag) !== undefined);
      const batches = batchesOf(tags.flatMap((tag) => sellerIdOf(tag) ?? []));
      const work = async (ids: readonly number[], pacer: Pacer) =>
        add(await renewals.catalogs(ids, ahead.catalogs, pacer));
      await runBatches(batches, work, { pace, signal });
    }
    if (renewed + failed > 0) report({ type: 'kept-warm', renewed, failed });
  }

  function hottest(count: number, matching: (tag: string) => boolean): readonly string[] {
    return cache
      .hottest(count, matching)
      .filter(({ reads }) => reads >= LEAST_READS)
      .map(({ tag }) => tag);
  }
}

/** How long before it goes stale an entry is renewed; 0 for a class that keeps nothing fresh. */
function aheadMs({ policy }: Pick<KeyClass<never, never>, 'policy'>): number {
  const shortestMs = Math.min(policy.freshMs, policy.adaptive?.floorMs ?? policy.freshMs);
  return Math.min(AHEAD_MS, Math.floor(shortestMs * AHEAD_SHARE));
}
