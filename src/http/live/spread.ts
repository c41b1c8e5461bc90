/** Acts on each item at a moment of its own, within a second. */
export type Spread = <T>(items: Iterable<T>, act: (item: T) => void) => Promise<void>;

const SPREAD_MS = 1000;

/** `random`: uniform in [0, 1). */
export function createSpread(sleep: (ms: number) => Promise<void>, random: () => number): Spread {
  return async (items, act) => {
    await Promise.all(
      [...items].map(async (item) => {
        await sleep(random() * SPREAD_MS);
        act(item);
      }),
    );
  };
}
