/** Summary of repeated measurements, in their unit. */
export interface Summary {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly rounds: number;
}

/** @throws RangeError without measurements. */
export function summarise(measured: readonly number[]): Summary {
  const sorted = measured.toSorted((a, b) => a - b);
  const [low, high, median] = [sorted[0], sorted.at(-1), sorted[Math.floor(sorted.length / 2)]];
  if (low === undefined || high === undefined || median === undefined)
    throw new RangeError('nothing was measured');
  return { median, low, high, rounds: sorted.length };
}
