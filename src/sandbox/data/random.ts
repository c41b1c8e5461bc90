/** A stream of numbers, uniform in [0, 1). */
export type Random = () => number;

/** What a hash or a stream is for, so that two uses of one seed have nothing in common. */
export const TOPIC = {
  sellerId: 1,
  seller: 2,
  catalogCount: 3,
  catalogId: 4,
  catalog: 5,
  shared: 6,
  lots: 7,
  latency: 8,
  errors: 9,
  token: 10,
} as const;

/** The stream of the n-th thing of a topic: always the same numbers for the same arguments. */
export function randomOf(seed: number, topic: number, n = 0): Random {
  let state = hash(seed, topic, n);
  return () => {
    state = (state + WEYL) | 0;
    return avalanche(state) / 2 ** 32;
  };
}

/** A 32-bit number, 0 to 2³²−1, that looks drawn by lot and is always the same for the same arguments. */
export function hash(seed: number, topic: number, n: number): number {
  return avalanche((avalanche((avalanche(seed + WEYL) + topic) | 0) + n) | 0);
}

/** One of the items; the list is not empty. */
export function pick<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)] as T;
}

/** A whole number from min to max, both included. */
export function between(random: Random, min: number, max: number): number {
  return min + Math.floor(random() * (max - min + 1));
}

// 2³² over the golden ratio, odd: counting in its steps visits every 32-bit number.
const WEYL = 0x9e3779b9;

/** Spreads each input bit over all 32 (the finalizer of MurmurHash3). */
function avalanche(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
