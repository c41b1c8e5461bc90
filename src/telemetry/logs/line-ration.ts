/** Asked once for each line: null for one too many, and otherwise how many those were since the last that was not. */
type LineRation = () => number | null;

const MINUTE_MS = 60_000;

/** So many lines a minute, for what anybody can make happen as often as they like. */
export function createLineRation(mostAMinute: number, clock: { monotonic(): number }): LineRation {
  let minuteBeganAt = Number.NEGATIVE_INFINITY;
  let written = 0;
  let leftOut = 0;

  return () => {
    const now = clock.monotonic();
    if (now - minuteBeganAt >= MINUTE_MS) [minuteBeganAt, written] = [now, 0];
    if (written >= mostAMinute) {
      leftOut += 1;
      return null;
    }
    const leftOutBefore = leftOut;
    [written, leftOut] = [written + 1, 0];
    return leftOutBefore;
  };
}
