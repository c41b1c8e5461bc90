import { Temporal } from 'temporal-polyfill';
import type { Clock } from '../domain/clock.ts';

/** A business day, from `startsAt` (inclusive) to `endsAt` (exclusive). */
export interface BusinessDay {
  readonly startsAt: Date;
  readonly endsAt: Date;
}

/**
 * Gives the current day in an IANA time zone. A day starts at its first instant, which is not midnight if the clocks
 * skip midnight.
 */
export function createBusinessCalendar(
  timeZone: string,
  clock: Pick<Clock, 'now'>,
): { today(): BusinessDay } {
  let day = dayOf(clock.now(), timeZone);
  return {
    today() {
      const now = clock.now();
      if (now < day.startsAt.getTime() || now >= day.endsAt.getTime()) day = dayOf(now, timeZone);
      return day;
    },
  };
}

function dayOf(now: number, timeZone: string): BusinessDay {
  const start = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone).startOfDay();
  const end = start.add({ days: 1 }).startOfDay();
  return { startsAt: new Date(start.epochMilliseconds), endsAt: new Date(end.epochMilliseconds) };
}
