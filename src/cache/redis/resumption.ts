import { systemClock } from '../clock.ts';
import { type Stalls, watchStalls } from '../stalls.ts';

// The connection timeout: by then it is known whether Redis is reachable.
const MAX_PENDING_MS = 2000;

/**
 * Whether this process has stalled and does not know yet whether Redis is reachable: connections may have been cut
 * meanwhile, and messages lost. Until then, a failed trip does not mean that Redis is down.
 */
export interface Resumption {
  /** True from the end of a stall until Redis replies, proves to be down, or two seconds have passed. */
  readonly isPending: boolean;
  /** Redis has replied to commands sent at that time. */
  noteAnswer(sentAt: number): void;
  /** An attempt begun at that time has shown that Redis is down. */
  noteAway(begunAt: number): void;
  stop(): void;
}

export function createResumption(
  now: () => number = systemClock.monotonic,
  stalls: Stalls = watchStalls(now),
): Resumption {
  let knownAt = Number.NEGATIVE_INFINITY;
  // Work that began before the end of a stall tells nothing about the time after it.
  const note = (at: number) => {
    knownAt = Math.max(knownAt, at);
  };
  return {
    get isPending() {
      const { lastEndedAt } = stalls;
      return lastEndedAt > knownAt && now() - lastEndedAt < MAX_PENDING_MS;
    },
    noteAnswer: note,
    noteAway: note,
    stop: () => stalls.stop(),
  };
}
