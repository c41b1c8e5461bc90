/**
 * Single-flight: one load or read of a key at a time in this process, which others join. `S` is what a flight started
 * from. Callers decide by that whether they may join; the reasons are written where they decide.
 */
export interface SingleFlight<K, T, S = void> {
  /** The result of the key's flight, if there is one that `mayJoin` accepts. By default every flight may be joined. */
  join(key: K, mayJoin?: (start: S) => boolean): Promise<T> | undefined;
  /** Registers a flight and returns its result. It replaces one that may no longer be joined, and ends as it settles. */
  add(key: K, result: Promise<T>, start: S): Promise<T>;
  /** Nobody joins these flights any more. Those who have joined get the results. */
  detach(isDetached: (start: S) => boolean): void;
  has(key: K): boolean;
  readonly size: number;
}

export function createSingleFlight<K, T, S = void>(): SingleFlight<K, T, S> {
  const flights = new Map<K, { readonly result: Promise<T>; readonly start: S }>();
  return {
    join(key, mayJoin = () => true) {
      const flight = flights.get(key);
      return flight && mayJoin(flight.start) ? flight.result : undefined;
    },
    add(key, result, start) {
      const flight = { result, start };
      flights.set(key, flight);
      const end = () => {
        if (flights.get(key) === flight) flights.delete(key);
      };
      result.then(end, end);
      return result;
    },
    detach(isDetached) {
      for (const [key, { start }] of flights) if (isDetached(start)) flights.delete(key);
    },
    has: (key) => flights.has(key),
    get size() {
      return flights.size;
    },
  };
}
