import type { Clock } from '../clock.ts';
import type { Budget } from './budget.ts';

export interface RevalidatorOptions<T> {
  /** Asks Redis whether the item is still valid. */
  readonly read: (item: T, budget: Budget) => Promise<void>;
  readonly onFailed: (cause: unknown) => void;
  /** How long after one that failed none is due, in milliseconds. */
  readonly pauseMs: number;
  /** How old the trip may be that another call joins, in milliseconds. */
  readonly joinMs: number;
  readonly clock: Clock;
}

/** The trips that read whether what memory holds is still valid. */
export interface Revalidator<T> {
  /** Makes the trip, or joins the one under way for the item. A failure is told to `onFailed`, and to nobody else. */
  revalidate(item: T, budget: Budget): Promise<void>;
  /** Whether to make one ahead of time: none is under way, and none has failed just now. */
  isDue(item: T): boolean;
}

export function createRevalidator<T extends object>(options: RevalidatorOptions<T>): Revalidator<T> {
  const { read, onFailed, pauseMs, joinMs, clock } = options;
  const underWay = new WeakMap<T, { readonly trip: Promise<void>; readonly since: number }>();
  const pausedUntil = new WeakMap<T, number>();

  return {
    revalidate(item, budget) {
      const since = clock.monotonic();
      const other = underWay.get(item);
      // One that began longer ago says nothing of now: this process may have stood still since.
      if (other && since - other.since < joinMs) return other.trip;
      const mine = {
        since,
        trip: revalidate(item, budget).finally(() => underWay.get(item) === mine && underWay.delete(item)),
      };
      underWay.set(item, mine);
      return mine.trip;
    },
    isDue(item) {
      return !underWay.has(item) && clock.monotonic() >= (pausedUntil.get(item) ?? Number.NEGATIVE_INFINITY);
    },
  };

  async function revalidate(item: T, budget: Budget): Promise<void> {
    try {
      await read(item, budget);
      pausedUntil.delete(item);
    } catch (cause) {
      pausedUntil.set(item, clock.monotonic() + pauseMs);
      onFailed(cause);
    }
  }
}
