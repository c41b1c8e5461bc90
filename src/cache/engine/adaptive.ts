import { isDeepStrictEqual } from 'node:util';
import type { Entry } from './entry.ts';
import type { AdaptiveBounds, Ages } from './key-class.ts';

/** What a value's ages became, in milliseconds. */
export interface Adapted extends Ages {
  /** Against what was known under the key; null where that was nothing. */
  readonly change: 'longer' | 'shorter' | 'same' | null;
}

const UNCHANGED = 1.5;
const CHANGED = 0.5;

/**
 * The ages of a value by what was last known under its key: fresh for half as long again as it is known to have stayed
 * the same, for half as long as before where it did not, within the bounds. Loaded again too soon to tell, it stays as it
 * is. `ages` are those of a key of which nothing is known; for how long a value may be served stale beyond its freshness
 * is theirs always. An absence tells nothing of how often a value changes, and counts as nothing known.
 */
export function adaptedAges(
  value: unknown,
  loadBeganAt: number,
  known: Entry<unknown> | undefined,
  ages: Ages,
  { floorMs, ceilingMs }: AdaptiveBounds,
): Adapted {
  const staleForMs = ages.staleMs - ages.freshMs;
  const within = (freshMs: number) => Math.min(ceilingMs, Math.max(floorMs, Math.round(freshMs)));
  const agesFor = (freshMs: number): Ages => ({ freshMs, staleMs: freshMs + staleForMs });
  if (!known || known.value === null) return { ...agesFor(within(ages.freshMs)), change: null };
  // Its end has no jitter, unlike its freshness: jitter that was taken over would compound from load to load.
  const lastMs = known.staleUntil - known.loadBeganAt - staleForMs;
  const seenMs = Math.min(lastMs, loadBeganAt - known.loadBeganAt);
  const isSame = isDeepStrictEqual(value, known.value);
  const freshMs = within(isSame ? Math.max(lastMs, seenMs * UNCHANGED) : lastMs * CHANGED);
  return { ...agesFor(freshMs), change: changeOf(freshMs - lastMs) };
}

function changeOf(differenceMs: number): 'longer' | 'shorter' | 'same' {
  if (differenceMs === 0) return 'same';
  return differenceMs > 0 ? 'longer' : 'shorter';
}
