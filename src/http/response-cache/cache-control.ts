/** How long, and by whom, an answer may be kept. Both times count from when it was made. */
export interface Validity {
  /** Private: by the client's own cache alone. */
  readonly audience: 'public' | 'private';
  /** Until it goes stale. */
  readonly freshMs: number;
  /** Until it may not be served any more, not even while a fresh one is fetched or where that fails. */
  readonly staleMs: number;
}

/**
 * The value of Cache-Control, which is the same for as long as the answer lives: what is left of max-age is what Age
 * leaves of it (RFC 9111, 4.2). What may be served stale may be so both during a refresh and after one that failed
 * (RFC 5861). Null is for an answer that nobody may keep.
 */
export function cacheControl(validity: Validity | null): string {
  if (validity === null) return 'no-store';
  const maxAge = wholeSeconds(validity.freshMs);
  const stale = wholeSeconds(validity.staleMs) - maxAge;
  const lifetime = `${validity.audience}, max-age=${maxAge}`;
  return stale > 0 ? `${lifetime}, stale-while-revalidate=${stale}, stale-if-error=${stale}` : lifetime;
}

/**
 * The value of Age: seconds since an answer was made, 0 where the clock of whoever made it is ahead of ours. Rounded up,
 * as max-age is rounded down, so that nobody keeps an answer longer than we do.
 */
export function age(nowMs: number, madeAtMs: number): number {
  return Math.max(0, Math.ceil((nowMs - madeAtMs) / 1000));
}

function wholeSeconds(ms: number): number {
  return Math.max(0, Math.floor(ms / 1000));
}
