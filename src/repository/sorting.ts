import { setImmediate } from 'node:timers/promises';
import type { MaybePromise } from '../domain/maybe-promise.ts';

// A comparison of names takes about a microsecond, so each takes a few milliseconds.
const RUN_LENGTH = 512;
const MERGED_PER_SLICE = 4096;

/**
 * Sorts like `toSorted`: a short list at once. For a longer one it yields to the event loop in between, so that requests are
 * not delayed.
 */
export function sortInSlices<T>(
  list: readonly T[],
  compare: (a: T, b: T) => number,
): MaybePromise<readonly T[]> {
  return list.length <= RUN_LENGTH ? list.toSorted(compare) : sortRuns(list, compare);
}

async function sortRuns<T>(list: readonly T[], compare: (a: T, b: T) => number): Promise<readonly T[]> {
  let runs: (readonly T[])[] = [];
  for (let start = 0; start < list.length; start += RUN_LENGTH) {
    if (start > 0) await setImmediate();
    runs.push(list.slice(start, start + RUN_LENGTH).sort(compare));
  }
  while (runs.length > 1) {
    const merged: (readonly T[])[] = [];
    for (let index = 0; index < runs.length; index += 2)
      merged.push(await merge(runs[index] as readonly T[], runs[index + 1] ?? [], compare));
    runs = merged;
  }
  return runs[0] ?? [];
}

async function merge<T>(
  left: readonly T[],
  right: readonly T[],
  compare: (a: T, b: T) => number,
): Promise<readonly T[]> {
  const merged: T[] = [];
  let [l, r] = [0, 0];
  while (l < left.length && r < right.length) {
    const [one, other] = [left[l] as T, right[r] as T];
    // The left one of equals goes first, so that the sort is stable.
    if (compare(one, other) <= 0) {
      merged.push(one);
      l += 1;
    } else {
      merged.push(other);
      r += 1;
    }
    if (merged.length % MERGED_PER_SLICE === 0) await setImmediate();
  }
  return merged.concat(left.slice(l), right.slice(r));
}
