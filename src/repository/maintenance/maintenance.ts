import type { Cache, CacheModule } from '../../cache/index.ts';
import type { Clock } from '../../domain/clock.ts';
import type { CatalogApi } from '../../upstream/catalog-api.ts';
import type { Report } from '../events.ts';
import type { KeyClasses } from '../key-classes.ts';
import { createKeepWarm } from './keep-warm.ts';
import { createPoller } from './poller.ts';
import { createRateLimiter, type Sleep } from './rate-limiter.ts';
import { createWarmUp, type WarmUp } from './warm-up.ts';

/** Maintenance of the cache: polls, warm-up and refreshes before expiry. */
export interface Maintenance {
  readonly warmUp: Pick<WarmUp, 'run'>;
  /** Whether the warm-up at the start has ended, even if it failed; true at once without one. */
  readonly warmedUp: boolean;
  /** Starts the configured polls, warm-up and refreshes; they run until `stop`. */
  start(): void;
  /** Starts no more work, and resolves when running work has ended: after one upstream call at the latest. */
  stop(): Promise<void>;
}

interface MaintenanceSettings {
  /** Interval between polls of the source, in milliseconds; 0 for no polls. */
  readonly pollMs: number;
  readonly warmOnStart: boolean;
  /**
   * Maximum number of upstream calls per second of all maintenance in this process; each page is one call. A list that
   * is loaded through the cache makes its calls at once, and later work waits for them.
   */
  readonly callsPerSecond: number;
  /** Number of most requested sellers whose catalogs are refreshed before they expire; 0 for none. */
  readonly keepWarm: number;
}

export interface MaintenanceOptions extends MaintenanceSettings {
  readonly cache: Cache;
  readonly keyValue: CacheModule['keyValue'];
  readonly api: CatalogApi;
  readonly keyClasses: KeyClasses;
  readonly clock: Clock;
  readonly sleep: Sleep;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly report: Report;
}

export function createMaintenance(options: MaintenanceOptions): Maintenance {
  const { pollMs, warmOnStart, keepWarm: maxSellers } = options;
  const parts = { ...options, limiter: createRateLimiter(options), maxSellers };
  const warmUp = createWarmUp(parts);
  const poller = createPoller(parts);
  const keepWarm = createKeepWarm(parts);
  const stopping = new AbortController();
  const { signal } = stopping;
  let warmedUp = !warmOnStart;
  let begun: Promise<void> | undefined;

  return {
    warmUp,
    get warmedUp() {
      return warmedUp;
    },
    start() {
      begun ??= begin();
    },
    async stop() {
      stopping.abort();
      // Also ends a warm-up that an operator started.
      await Promise.all([begun, warmUp.stop()]);
      await Promise.all([poller.stop(), keepWarm.stop()]);
    },
  };

  async function begin(): Promise<void> {
    // The very first poll invalidates everything, so it runs before the warm-up.
    if (pollMs > 0) await poller.pollFirst(signal);
    if (pollMs > 0 && !signal.aborted) poller.start();
    if (warmOnStart) await warmUp.run({ signal });
    warmedUp = true;
    if (maxSellers > 0 && !signal.aborted) keepWarm.start();
  }
}
