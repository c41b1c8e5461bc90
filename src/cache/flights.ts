/** The runs under way, by key. */
export type Flights<T> = Map<string, Promise<T>>;

/**
 * One result a key. Keys that are under way are joined, the others go together into one new `run`, which must give
 * each of them a result. Between a caller's look into memory and its registration here nothing awaits, and a run
 * ends only after it wrote to memory: so a key is in memory, under way, or really missing, never in between.
 */
export async function share<T>(
  flights: Flights<T>,
  keys: readonly string[],
  run: (keys: readonly string[]) => Promise<ReadonlyMap<string, T>>,
): Promise<ReadonlyMap<string, T>> {
  const own = keys.filter((key) => !flights.has(key));
  if (own.length > 0) {
    const running = run(own);
    for (const key of own) {
      const flight = running.then((results) => results.get(key) as T);
      flights.set(key, flight);
    }
    const land = () => {
      for (const key of own) flights.delete(key);
    };
    running.then(land, land);
  }
  return new Map(await Promise.all(keys.map(async (key) => [key, (await flights.get(key)) as T] as const)));
}
