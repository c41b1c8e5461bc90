import type { Cache, Clock } from '../../cache/index.ts';
import type { CatalogApi } from '../../upstream/catalog-api.ts';
import type { Report } from '../events.ts';
import type { KeyClasses } from '../key-classes.ts';
import { createKeepWarm } from './keep-warm.ts';
import { createPace, type Sleep } from './pace.ts';
import { createPoller } from './poller.ts';
import { createWarmUp, type WarmUp } from './warm-up.ts';

/** What the gateway does for its cache by itself. */
export interface Upkeep {
  readonly warmUp: Pick<WarmUp, 'run'>;
  /** Whether the warm-up of the start has ended, however that was; true at once where there is none. */
  readonly warmedUp: boolean;
  /** Warms up, polls and keeps warm, as far as that was asked for, until `stop`. */
  start(): void;
  /** Begins nothing more, and resolves when what is under way has ended: a call to the upstream at the longest. */
  stop(): Promise<void>;
}

interface UpkeepSettings {
  /** How often the source is compared with what it was, in milliseconds; 0 for never. */
  readonly pollMs: number;
  readonly warmOnStart: boolean;
  /**
   * How many calls to the upstream a second all of this may make together, in this process; each page is one. A list
   * that is loaded through the cache makes its calls at once, and what comes after waits for them.
   */
  readonly callsPerSecond: number;
  /** Of how many sellers that are asked for most the catalogs are kept warm; 0 for none. */
  readonly keepWarm: number;
}

export interface UpkeepOptions extends UpkeepSettings {
  readonly cache: Cache;
  readonly api: CatalogApi;
  readonly keyClasses: KeyClasses;
  readonly clock: Clock;
  readonly sleep: Sleep;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly report: Report;
}

export function createUpkeep(options: UpkeepOptions): Upkeep {
  const { pollMs, warmOnStart, keepWarm: mostSellers } = options;
  const parts = { ...options, pace: createPace(options), mostSellers };
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
      // Whoever has begun a warm-up: an operator may have.
      await Promise.all([begun, warmUp.stop()]);
      await Promise.all([poller.stop(), keepWarm.stop()]);
    },
  };

  async function begin(): Promise<void> {
    // A first poll of all invalidates everything, so it goes before what would be warmed up for nothing.
    if (pollMs > 0) await poller.pollFirst(signal);
    if (pollMs > 0 && !signal.aborted) poller.start();
    if (warmOnStart) await warmUp.run({ signal });
    warmedUp = true;
    if (mostSellers > 0 && !signal.aborted) keepWarm.start();
  }
}
