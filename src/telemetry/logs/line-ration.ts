/** Called per line. Null: the line is over the limit. A number: that many lines were suppressed since the last one written. */
type LineRation = () => number | null;

const MINUTE_MS = 60_000;

/** A limit of lines a minute, for events that any client can cause at will. */
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
