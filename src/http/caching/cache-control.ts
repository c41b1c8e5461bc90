/** How long, and by whom, an answer may be kept. Both times count from now. */
export interface Validity {
  /** Private: by the client's own cache alone. */
  readonly audience: 'public' | 'private';
  /** Until it goes stale; 0 or less where it is stale. */
  readonly freshForMs: number;
  /** Until it may not be served any more, not even while a fresh one is fetched or where that fails. */
  readonly staleForMs: number;
}

/**
 * The value of Cache-Control. Seconds are whole and never rounded up, so that nobody keeps an answer longer than we do.
 * What may be served stale may be so both during a refresh and after one that failed (RFC 5861). Null is for an answer
 * that nobody may keep.
 *
 * max-age is what is left. A cache that is told an Age as well takes that off once more (RFC 9111, 4.2.3), and so asks
 * again sooner than it had to, never later.
 */
export function cacheControl(validity: Validity | null): string {
  if (validity === null) return 'no-store';
  const maxAge = wholeSeconds(validity.freshForMs);
  const stale = wholeSeconds(validity.staleForMs) - maxAge;
  const lifetime = `${validity.audience}, max-age=${maxAge}`;
  return stale > 0 ? `${lifetime}, stale-while-revalidate=${stale}, stale-if-error=${stale}` : lifetime;
}

/** The value of Age: whole seconds since an answer was made, 0 where the clock of whoever made it is ahead of ours. */
export function age(nowMs: number, madeAtMs: number): number {
  return wholeSeconds(nowMs - madeAtMs);
}

function wholeSeconds(ms: number): number {
  return Math.max(0, Math.floor(ms / 1000));
}
