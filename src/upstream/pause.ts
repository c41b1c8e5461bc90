import type { Clock, Deadline } from './deadline.ts';
import { unavailable } from './failures.ts';

/** The part of the upstream that asks to be left alone. */
type PausedService = 'catalog' | 'identity';

/** Pauses that processes share. Neither method rejects, nor takes longer than a call can spare. */
export interface SharedPauses {
  /** How much is left of the pause that any process has been asked for, in milliseconds; 0 for none or if unknown. */
  remainingMs(service: PausedService): Promise<number>;
  extend(service: PausedService, ms: number): Promise<void>;
}

export interface PauseOptions {
  readonly service: PausedService;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Null for a process by itself. */
  readonly shared: SharedPauses | null;
}

/** How long a service of the upstream asked for a pause (Retry-After) (Retry-After with 429 or 503), for all calls to it. */
export interface Pause {
  /** From now on, for `ms` milliseconds, in every process. */
  extend(ms: number): void;
  remainingMs(): number;
  /**
   * Resolves when a call may begin.
   * @throws UpstreamUnavailable at once if the pause does not end before the deadline.
   */
  passed(deadline: Deadline): Promise<void>;
}

/** A longer pause, by mistake or in a date far away, must not keep the upstream from being tried. */
export const MAX_PAUSE_MS = 5 * 60_000;
/** How long this process relies on what it has read of the others' pauses. */
const TRUST_MS = 1000;
/** Calls that waited for the same end are spread over this. */
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

  /** Once a second at most, by one call for all that begin meanwhile. */
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
