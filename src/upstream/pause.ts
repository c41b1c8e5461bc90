import type { Clock } from '../domain/clock.ts';
import type { Deadline } from './deadline.ts';
import { unavailable } from './failures.ts';

/** The service of the upstream that asked for a pause. */
type PausedService = 'catalog' | 'identity';

/** Pauses shared between processes. Neither method rejects or takes longer than a call can spare. */
export interface SharedPauses {
  /** The rest of the pause that any process was asked for, in milliseconds; 0 for none or if unknown. */
  remainingMs(service: PausedService): Promise<number>;
  extend(service: PausedService, ms: number): Promise<void>;
}

export interface PauseOptions {
  readonly service: PausedService;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Null if pauses are not shared with other processes. */
  readonly shared: SharedPauses | null;
}

/** The pause that a service of the upstream asked for (Retry-After with 429 or 503); it applies to all calls to it. */
export interface Pause {
  /** Pauses calls for `ms` milliseconds from now, in every process. */
  extend(ms: number): void;
  remainingMs(): number;
  /**
   * Resolves when a call may begin.
   * @throws UpstreamUnavailable at once if the pause does not end before the deadline.
   */
  passed(deadline: Deadline): Promise<void>;
}

/** A longer pause, for example a mistaken date, must not stop all calls to the upstream. */
export const MAX_PAUSE_MS = 5 * 60_000;
/** How long this process relies on its last reading of the shared pause. */
const TRUST_MS = 1000;
/** Calls that waited for the end of the same pause are spread over this time. */
const SPREAD_MS = 200;

export function createPause({ service, clock, random, shared }: PauseOptions): Pause {
  let until = Number.NEGATIVE_INFINITY;
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | null = null;
  const remainingMs = () => Math.max(0, until - clock.monotonic());
  const pauseFor = (ms: number) => {
    until = Math.max(until, clock.monotonic() + ms);
  };

  return {
    remainingMs,
    extend(ms) {
      pauseFor(ms);
      void shared?.extend(service, ms);
    },
    async passed(deadline) {
      await readShared();
      for (let leftMs = remainingMs(); leftMs > 0; leftMs = remainingMs()) {
        const waitMs = Math.ceil(leftMs + random() * SPREAD_MS);
        if (waitMs >= deadline.remainingMs()) throw unavailable(PAUSED, leftMs);
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    },
  };

  /** Reads at most once a second; concurrent calls share one reading. */
  async function readShared(): Promise<void> {
    if (!shared || clock.monotonic() - readAt < TRUST_MS) return;
    reading ??= shared.remainingMs(service).then((ms) => {
      readAt = clock.monotonic();
      pauseFor(Math.min(ms, MAX_PAUSE_MS));
      reading = null;
    });
    await reading;
  }
}

export const PAUSED = 'the upstream asked for a pause (Retry-After)';
