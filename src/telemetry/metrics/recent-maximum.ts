export interface RecentMaximum {
  note(value: number): void;
  /** The maximum of the last minute, to the second; 0 without any value. */
  read(): number;
}

const SECONDS = 60;

export function createRecentMaximum(clock: { now(): number }): RecentMaximum {
  // The maximum of each second, in a ring buffer.
  const slots = Array.from({ length: SECONDS }, () => ({ second: Number.NEGATIVE_INFINITY, value: 0 }));
  const secondNow = () => Math.floor(clock.now() / 1000);

  return {
    note(value) {
      const second = secondNow();
      const slot = slots[second % SECONDS] as (typeof slots)[number];
      slot.value = slot.second === second ? Math.max(slot.value, value) : value;
      slot.second = second;
    },
    read() {
      const since = secondNow() - SECONDS;
      return Math.max(0, ...slots.filter(({ second }) => second > since).map(({ value }) => value));
    },
  };
}
