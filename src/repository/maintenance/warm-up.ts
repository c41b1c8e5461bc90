import type { Clock } from '../../domain/clock.ts';
import type { RateLimit } from '../../upstream/rate-limit.ts';
import type { Report } from '../events.ts';
import { idsOf } from '../rows.ts';
import { batchesOf, runBatches } from './batches.ts';
import { createListRefresher, type ListRefresherOptions } from './list-refresher.ts';
import { createProgressReporter, type ProgressReporter, type WarmUpProgress } from './progress.ts';
import type { RateLimiter } from './rate-limiter.ts';

export interface WarmUpResult extends WarmUpProgress {
  /** Whether all sellers are warm. */
  readonly complete: boolean;
}

export interface WarmUp {
  /**
   * Loads the sellers and all their catalogs through the cache. A fresh entry costs no call, so a run continues where a
   * killed one has ended; a load of another process is awaited. A call during a run joins the run. Never rejects:
   * failures are counted and reported, and five failed batches in a row end the run.
   */
  run(options?: {
    /** Ends the run, also for calls that have joined it. */
    readonly signal?: AbortSignal;
    /** Gets the progress of the run from now on. */
    readonly onProgress?: (progress: WarmUpProgress) => void;
  }): Promise<WarmUpResult>;
  /** Ends the current run, and resolves when it has ended. No other run begins. */
  stop(): Promise<void>;
}

export interface WarmUpOptions extends ListRefresherOptions {
  readonly limiter: RateLimiter;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly report: Report;
}

interface Run {
  readonly ending: AbortController;
  readonly listeners: Set<(progress: WarmUpProgress) => void>;
  readonly result: Promise<WarmUpResult>;
}

// If the upstream fails that often in a row, the rest would fail too.
const MAX_FAILURES_IN_A_ROW = 5;

// A stale list is not warm.
const FRESH_FOR_MS = 0;

export function createWarmUp(options: WarmUpOptions): WarmUp {
  const { limiter, clock, random, report } = options;
  const refresher = createListRefresher(options);
  const stopping = new AbortController();
  let running: Run | undefined;

  return {
    run({ signal, onProgress } = {}) {
      running ??= begin();
      const { ending, listeners, result } = running;
      if (onProgress) listeners.add(onProgress);
      const abort = () => ending.abort();
      if (signal?.aborted) abort();
      signal?.addEventListener('abort', abort);
      return result.finally(() => signal?.removeEventListener('abort', abort));
    },
    async stop() {
      stopping.abort();
      running?.ending.abort();
      await running?.result;
    },
  };

  function begin(): Run {
    const ending = new AbortController();
    if (stopping.signal.aborted) ending.abort();
    const listeners: Run['listeners'] = new Set();
    const progress = createProgressReporter(clock, (reached) => {
      report({ type: 'warm-up-progress', ...reached });
      for (const listener of listeners) listener(reached);
    });
    const result = warm(progress, ending).finally(() => {
      running = undefined;
    });
    return { ending, listeners, result };
  }

  async function warm(progress: ProgressReporter, ending: AbortController): Promise<WarmUpResult> {
    const cause = await warmAll(progress, ending);
    const reached = progress.end();
    report(cause ? { type: 'warm-up-failed', cause } : { type: 'warm-up-ended', ...reached });
    return { ...reached, complete: !cause && !ending.signal.aborted && reached.failed === 0 };
  }

  /** The cause if the run failed. */
  async function warmAll(progress: ProgressReporter, ending: AbortController): Promise<Error | undefined> {
    const { signal } = ending;
    await limiter.available(signal);
    if (signal.aborted) return undefined;
    const { list, error: listError } = await refresher.sellers(FRESH_FOR_MS, limiter.within(signal));
    if (!list || list instanceof Error) return list ?? listError;

    progress.start(list.length);
    let failures = 0;
    let cause: Error | undefined;
    const work = async (ids: readonly number[], rateLimit: RateLimit) => {
      const { loaded, failed, error } = await refresher.catalogs(ids, FRESH_FOR_MS, rateLimit);
      progress.add({ sellers: ids.length - failed, loaded, failed });
      failures = error ? failures + 1 : 0;
      if (failures < MAX_FAILURES_IN_A_ROW) return;
      cause = error;
      ending.abort();
    };
    const batches = fromAnywhere(batchesOf(idsOf(list)));
    await runBatches(batches, work, { limiter, signal });
    // A stale list that could not be loaded again is not warm, even if its sellers' catalogs are.
    return cause ?? listError;
  }

  /** All batches, rotated to a random start: two processes that warm up at once share the work. */
  function fromAnywhere<T>(batches: readonly T[]): readonly T[] {
    const first = Math.floor(random() * batches.length);
    return [...batches.slice(first), ...batches.slice(0, first)];
  }
}
