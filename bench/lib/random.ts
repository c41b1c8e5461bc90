/** Uniform in [0, 1), the same sequence for the same seed: Mulberry32. */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Shuffles with equal probability of each order (Fisher and Yates). */
export function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [result[last], result[other]] = [result[other] as T, result[last] as T];
  }
  return result;
}

/** Draws positions below `count` by Zipf's law: the n-th is drawn 1/n as often as the first. */
export function drawByZipf(count: number, draws: number, random: () => number): readonly number[] {
  const upTo: number[] = [];
  for (let position = 0; position < count; position += 1) {
    upTo.push((upTo[position - 1] ?? 0) + 1 / (position + 1));
  }
  const total = upTo.at(-1) ?? 0;
  return Array.from({ length: draws }, () => firstAtLeast(upTo, random() * total));
}

/** The first position in an ascending list whose value is at least this. */
function firstAtLeast(ascending: readonly number[], value: number): number {
  let [low, high] = [0, ascending.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
