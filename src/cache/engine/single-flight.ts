import type { LogicalTime } from './entry.ts';

/** One run for a key, which everyone who asks for the key meanwhile shares. */
interface Flight<T> {
  readonly result: Promise<T>;
  readonly tags: readonly string[];
  /** What is known of the tags when it takes off is no older than this. */
  readonly time: LogicalTime;
  /** The oldest that it takes from Redis where it wants what is newer than it has, in milliseconds. */
  readonly maxAgeMs: number;
}

/** The runs under way. A key has at most one that may be joined. */
export interface SingleFlight<T> {
  /**
   * The run of the key, unless what it started from is older than `since`, it takes what is older than `maxAgeMs`, or it
   * has been detached.
   */
  joinable(key: string, since: number, maxAgeMs: number): Promise<T> | undefined;
  /** Registers a run, in the place of one that may no longer be joined. It leaves when it settles. */
  add(key: string, flight: Flight<T>): void;
  /** Nobody joins the runs of these tags any more. Those who have joined get their results. */
  detach(tags: ReadonlySet<string>): void;
  readonly size: number;
}

export function createSingleFlight<T>(): SingleFlight<T> {
  const flights = new Map<string, Flight<T>>();
  return {
    joinable(key, since, maxAgeMs) {
      const flight = flights.get(key);
      if (!flight || flight.maxAgeMs > maxAgeMs) return undefined;
      return flight.time.at >= since ? flight.result : undefined;
    },
    add(key, flight) {
      flights.set(key, flight);
      const land = () => {
        if (flights.get(key) === flight) flights.delete(key);
      };
      flight.result.then(land, land);
    },
    detach(tags) {
      for (const [key, flight] of flights) if (flight.tags.some((tag) => tags.has(tag))) flights.delete(key);
    },
    get size() {
      return flights.size;
    },
  };
}
