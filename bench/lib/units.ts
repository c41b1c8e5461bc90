import type { Summary } from './statistics.ts';

/** Formats nanoseconds in a suitable unit. */
export function duration(nanoseconds: number): string {
  if (nanoseconds < 1e3) return `${nanoseconds.toFixed(0)} ns`;
  if (nanoseconds < 1e6) return `${(nanoseconds / 1e3).toFixed(2)} µs`;
  return `${(nanoseconds / 1e6).toFixed(2)} ms`;
}

/** The median, the minimum and the maximum of the rounds. */
export function spread({ median, low, high }: Summary): string {
  return `${duration(median)} (${duration(low)} – ${duration(high)})`;
}

export function perSecond(nanoseconds: number): string {
  return Math.round(1e9 / nanoseconds).toLocaleString('en-US');
}

export function times(ratio: number): string {
  return `${ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(0)} ×`;
}

/** A ratio: the median, the minimum and the maximum of the rounds. */
export function timesSpread({ median, low, high }: Summary): string {
  return `${times(median)} (${low.toFixed(2)} – ${high.toFixed(2)})`;
}

/** A rate: the median, the minimum and the maximum of the rounds. */
export function rateSpread({ median, low, high }: Summary): string {
  return `${rounded(median)} (${rounded(low)} – ${rounded(high)})`;
}

/** Milliseconds: the median, the minimum and the maximum of the rounds. */
export function millisecondSpread({ median, low, high }: Summary): string {
  return spread({ median: median * 1e6, low: low * 1e6, high: high * 1e6, rounds: 0 });
}

export function megabytes(bytes: number): string {
  return `${rounded(bytes / 2 ** 20)} MiB`;
}

export function rounded(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
