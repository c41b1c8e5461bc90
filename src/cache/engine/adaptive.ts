import { type Codec, isSameValue } from './encoded-entry.ts';
import type { Entry } from './entry.ts';
import type { AdaptiveBounds, Ages } from './key-class.ts';

/** The adapted ages of a value, in milliseconds. */
export interface Adapted extends Ages {
  /** Compared with the known entry of the key; null if there was none. */
  readonly change: 'longer' | 'shorter' | 'same' | null;
}

const UNCHANGED = 1.5;
const CHANGED = 0.5;

/**
 * The ages of a value by the `known` entry of its key. An unchanged value is fresh for 1.5 times as long as it is known to
 * have stayed the same, a changed one for half as long as before, within the bounds. If the load came too soon to tell, the
 * fresh time stays. A key without a known entry gets `ages`. How long a value may be stale beyond its freshness always
 * follows `ages`. A known absence says nothing about how often a value changes, and counts as no known entry.
 */
export function adaptedAges(
  value: unknown,
  codec: Codec<unknown>,
  loadBeganAt: number,
  known: Entry<unknown> | undefined,
  ages: Ages,
  { floorMs, ceilingMs }: AdaptiveBounds,
): Adapted {
  const staleForMs = ages.staleMs - ages.freshMs;
  const within = (freshMs: number) => Math.min(ceilingMs, Math.max(floorMs, Math.round(freshMs)));
  const agesFor = (freshMs: number): Ages => ({ freshMs, staleMs: freshMs + staleForMs });
  if (!known || known.value === null) return { ...agesFor(within(ages.freshMs)), change: null };
  // The end has no jitter, unlike the freshness: jitter would compound from load to load.
  const lastMs = known.staleUntil - known.loadBeganAt - staleForMs;
  const seenMs = Math.min(lastMs, loadBeganAt - known.loadBeganAt);
  const isSame = isSameValue(value, known.value, codec);
  const freshMs = within(isSame ? Math.max(lastMs, seenMs * UNCHANGED) : lastMs * CHANGED);
  return { ...agesFor(freshMs), change: changeOf(freshMs - lastMs) };
}

function changeOf(differenceMs: number): 'longer' | 'shorter' | 'same' {
  if (differenceMs === 0) return 'same';
  return differenceMs > 0 ? 'longer' : 'shorter';
}
