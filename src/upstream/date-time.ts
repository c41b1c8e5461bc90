import { Temporal } from 'temporal-polyfill';
import { MAX_INSTANT_MS, MIN_INSTANT_MS } from '../domain/instant.ts';

const DATE = /(\d{4})-(0[1-9]|1[0-2])-(\d\d)/;
const TIME = /([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{1,9}))?/;
const OFFSET = /Z|[+-](?:[01]\d|2[0-3]):[0-5]\d/;
const DATE_TIME = new RegExp(`^${DATE.source}T${TIME.source}(${OFFSET.source})?$`);

const FIRST_WALL_TIME = wallTimeInUtc(MIN_INSTANT_MS);
const LAST_WALL_TIME = wallTimeInUtc(MAX_INSTANT_MS);

/**
 * Whether the text is .NET's `DateTime.MinValue`, which means that the date was never set. Any date-time on the first
 * day of year 1 counts, because a conversion to another zone changes the time of day.
 */
export function isUnsetDate(text: string): boolean {
  return text.startsWith('0001-01-01T') && DATE_TIME.test(text);
}

/**
 * The instant of an upstream date-time, to the millisecond; null unless it is an ISO 8601 date with a time, from the year
 * 100 on. Without an offset it is wall time in `timeZone` (IANA). A wall time that the clocks skip moves forward by the
 * skipped time; a repeated one means its first occurrence. An instant in the year 10000 in UTC becomes the last instant
 * before it.
 */
export function parseDateTime(text: string, timeZone: string): Date | null {
  const match = DATE_TIME.exec(text);
  if (match === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const millisecond = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3));
  const asUtc = new Date(Date.UTC(year, month - 1, day, hour, minute, second, millisecond));
  // Date.UTC turns 30 February into a day in March, and years before 100 into years of the 20th century.
  if (asUtc.getUTCDate() !== day || asUtc.getUTCFullYear() !== year) return null;

  const offset = match[8] ?? (timeZone === 'UTC' ? 'Z' : undefined);
  if (offset !== undefined) return instantAt(asUtc.getTime() - offsetMs(offset));
  const wallTime = new Temporal.PlainDateTime(year, month, day, hour, minute, second, millisecond);
  return instantAt(wallTime.toZonedDateTime(timeZone, { disambiguation: 'compatible' }).epochMilliseconds);
}

/**
 * The instant as wall time in `timeZone` (IANA), without an offset, and with milliseconds only if they are not 0. The year
 * has four digits: an instant outside the years 0001 to 9999 in that zone becomes the first or the last of their wall times.
 */
export function formatWallTime(instant: Date, timeZone: string): string {
  const wallTime = Temporal.Instant.fromEpochMilliseconds(instant.getTime())
    .toZonedDateTimeISO(timeZone)
    .toPlainDateTime();
  const written = wallTime.year < 1 ? FIRST_WALL_TIME : wallTime.year > 9999 ? LAST_WALL_TIME : wallTime;
  return written.toString({ smallestUnit: written.millisecond === 0 ? 'second' : 'millisecond' });
}

function instantAt(epochMs: number): Date {
  return new Date(Math.min(epochMs, MAX_INSTANT_MS));
}

function offsetMs(offset: string): number {
  if (offset === 'Z') return 0;
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4, 6));
  return (offset.startsWith('-') ? -minutes : minutes) * 60_000;
}

function wallTimeInUtc(epochMs: number): Temporal.PlainDateTime {
  return Temporal.Instant.fromEpochMilliseconds(epochMs).toZonedDateTimeISO('UTC').toPlainDateTime();
}
