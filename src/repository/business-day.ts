import { Temporal } from 'temporal-polyfill';

/** The day that the business is in: an instant is in it from `startsAt` to before `endsAt`. */
export interface BusinessDay {
  readonly startsAt: Date;
  readonly endsAt: Date;
}

/**
 * Tells today in an IANA time zone. A day starts at the zone's first instant of it, which is not midnight where
 * the clocks skip that.
 */
export function createBusinessCalendar(timeZone: string, clock: { now(): number }): { today(): BusinessDay } {
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
