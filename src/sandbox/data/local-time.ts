import type { Clock } from '../../domain/clock.ts';

const MS_PER_DAY = 86_400_000;

const FORM = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,7})?)?)?$/;
const OFFSET = /(Z|[+-]\d\d:\d\d)$/;

/** Days in UTC, as whole days since the epoch. */
export interface Calendar {
  today(): number;
  /** The day as `yyyy-mm-dd`. */
  name(day: number): string;
}

/** Remembers the names of days until the clock's day is over: the dates of all catalogs are on a few hundred. */
export function createCalendar(clock: Pick<Clock, 'now'>): Calendar {
  const names = new Map<number, string>();
  let today = Number.NaN;
  return {
    today() {
      const day = dayOf(clock.now());
      if (day !== today) names.clear();
      today = day;
      return day;
    },
    name(day) {
      const name = names.get(day) ?? new Date(day * MS_PER_DAY).toISOString().slice(0, 10);
      names.set(day, name);
      return name;
    },
  };
}

/** The UTC day of an instant. */
export function dayOf(instantMs: number): number {
  return Math.floor(instantMs / MS_PER_DAY);
}

/** A time of the day as `hh:mm:ss`, and with milliseconds where `fraction` asks for them. */
export function timeOfDay(ms: number, fraction = false): string {
  const seconds = Math.floor(ms / 1000);
  const text = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map((part) => digits(Math.floor(part), 2));
  return `${text.join(':')}${fraction ? `.${digits(ms % 1000, 3)}` : ''}`;
}

/** Milliseconds since the epoch of an offsetless time read in UTC, or null where it is none. */
export function parseLocalTime(text: string): number | null {
  if (!FORM.test(text)) return null;
  // Date.parse reads a date alone as UTC, and a time without an offset in the machine's zone.
  const instant = Date.parse(text.includes('T') ? `${text}Z` : text);
  if (Number.isNaN(instant)) return null;
  // It also carries 30 February over into March.
  return new Date(instant).toISOString().startsWith(text.slice(0, 10)) ? instant : null;
}

/** As {@link parseLocalTime}, and also with an offset, which is turned into UTC: the sandbox's zone. */
export function parseTime(text: string): number | null {
  const offset = OFFSET.exec(text)?.[0];
  if (offset === undefined || !text.includes('T')) return parseLocalTime(text);
  const instant = Date.parse(text);
  return parseLocalTime(text.slice(0, -offset.length)) === null || Number.isNaN(instant) ? null : instant;
}

function digits(value: number, length: number): string {
  return String(value).padStart(length, '0');
}
