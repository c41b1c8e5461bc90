import type { Clock } from '../clock.ts';
import type { Budget } from './read-options.ts';
import { createSingleFlight } from './single-flight.ts';

export interface RevalidatorOptions<T> {
  /** Reads from Redis whether the item is still valid. */
  readonly read: (item: T, budget: Budget) => Promise<void>;
  readonly onFailed: (cause: unknown) => void;
  /** How long after a failure no revalidation is due, in milliseconds. */
  readonly pauseMs: number;
  /** Other calls join a trip until it is this old, in milliseconds. */
  readonly joinMs: number;
  readonly clock: Clock;
}

/** Re-checks trusted items with Redis, one trip an item. */
export interface Revalidator<T> {
  /** Makes the trip, or joins the one under way for the item. Never rejects: a failure goes to `onFailed`. */
  revalidate(item: T, budget: Budget): Promise<void>;
  /** Whether to revalidate ahead of time: no trip is under way, and none has failed during the pause. */
  isDue(item: T): boolean;
}

export function createRevalidator<T extends object>(options: RevalidatorOptions<T>): Revalidator<T> {
  const { read, onFailed, pauseMs, joinMs, clock } = options;
  const trips = createSingleFlight<T, void, number>();
  const pausedUntil = new WeakMap<T, number>();

  return {
    revalidate(item, budget) {
      const now = clock.monotonic();
      // An older trip proves nothing about the present: this process may have been suspended since it began.
      const joined = trips.join(item, (startedAt) => now - startedAt < joinMs);
      return joined ?? trips.add(item, revalidate(item, budget), now);
    },
    isDue(item) {
      return !trips.has(item) && clock.monotonic() >= (pausedUntil.get(item) ?? Number.NEGATIVE_INFINITY);
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
