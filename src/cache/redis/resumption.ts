import { systemClock } from '../clock.ts';
import { type Stalls, watchStalls } from '../stalls.ts';

// As long as a connection may take to be made. By then it is known whether Redis is there.
const MAX_PENDING_MS = 2000;

/**
 * Whether this process has stalled and does not know yet whether Redis is there: its connections may have been cut
 * meanwhile, and messages lost. Until it knows, a failed trip is no sign that Redis is away.
 */
export interface Resumption {
  /** From the end of a stall until Redis answers, is found away, or two seconds have passed. */
  readonly isPending: boolean;
  /** Redis has answered what was sent then. */
  noteAnswer(sentAt: number): void;
  /** What was begun then has shown that Redis is away. */
  noteAway(begunAt: number): void;
  stop(): void;
}

export function createResumption(
  now: () => number = systemClock.monotonic,
  stalls: Stalls = watchStalls(now),
): Resumption {
  let knownAt = Number.NEGATIVE_INFINITY;
  // What was under way through a stall says nothing of the time after it.
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
