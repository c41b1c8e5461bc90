const DAY_MS = 24 * 60 * 60_000;
const HOUR_MS = 60 * 60_000;
const MINUTE_MS = 60_000;
const SECOND_MS = 1000;

// Catalogs open on a few thousand different days, whose texts take a few megabytes.
const MAX_DAYS = 20_000;

/**
 * Like `toISOString`, in a fifth of the time, for responses with hundreds of dates: it caches the text of days. Throws
 * RangeError for an invalid date, like `toISOString`.
 */
export function createDateTimeText(): (date: Date) => string {
  const days = new Map<number, string>();
  const upTo59 = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));
  const upTo999 = Array.from({ length: 1000 }, (_, number) => String(number).padStart(3, '0'));

  return (date) => {
    const time = date.getTime();
    const day = Math.floor(time / DAY_MS);
    const dayText = days.get(day) ?? remember(day, date);
    const ofDay = time - day * DAY_MS;
    const hours = upTo59[Math.floor(ofDay / HOUR_MS)];
    const minutes = upTo59[Math.floor(ofDay / MINUTE_MS) % 60];
    const seconds = upTo59[Math.floor(ofDay / SECOND_MS) % 60];
    return `${dayText}${hours}:${minutes}:${seconds}.${upTo999[ofDay % SECOND_MS]}Z`;
  };

  /** The text of the day up to its `T`. Years outside 0 to 9999 have more than four digits. */
  function remember(day: number, date: Date): string {
    const text = date.toISOString();
    const dayText = text.slice(0, text.indexOf('T') + 1);
    if (days.size >= MAX_DAYS) days.clear();
    days.set(day, dayText);
    return dayText;
  }
}
