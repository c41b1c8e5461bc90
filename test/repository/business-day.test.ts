import { describe, expect, it } from 'vitest';
import { createBusinessCalendar } from '../../src/repository/business-day.ts';

function todayAt(timeZone: string, instant: string) {
  const { startsAt, endsAt } = createBusinessCalendar(timeZone, { now: () => Date.parse(instant) }).today();
  return [startsAt.toISOString(), endsAt.toISOString()];
}

describe('the business day', () => {
  it.each([
    ['UTC', '2026-06-15T12:00:00Z', '2026-06-15T00:00:00.000Z', '2026-06-16T00:00:00.000Z'],
    ['America/New_York', '2026-06-15T03:59:59Z', '2026-06-14T04:00:00.000Z', '2026-06-15T04:00:00.000Z'],
    ['America/New_York', '2026-06-15T04:00:00Z', '2026-06-15T04:00:00.000Z', '2026-06-16T04:00:00.000Z'],
    ['Asia/Kolkata', '2026-06-15T12:00:00Z', '2026-06-14T18:30:00.000Z', '2026-06-15T18:30:00.000Z'],
  ])('in %s at %s is from %s to %s', (zone, instant, ...day) => {
    expect(todayAt(zone, instant)).toEqual(day);
  });

  it('has 23 hours where the clocks go forward, and 25 where they go back', () => {
    expect(todayAt('Europe/Berlin', '2026-03-29T12:00:00Z')).toEqual([
      '2026-03-28T23:00:00.000Z',
      '2026-03-29T22:00:00.000Z',
    ]);
    expect(todayAt('Europe/Berlin', '2026-10-25T12:00:00Z')).toEqual([
      '2026-10-24T22:00:00.000Z',
      '2026-10-25T23:00:00.000Z',
    ]);
  });

  it('starts at one in the morning where the clocks skip midnight', () => {
    expect(todayAt('America/Havana', '2026-03-08T12:00:00Z')[0]).toBe('2026-03-08T05:00:00.000Z');
  });

  it('keeps the same object until the day ends', () => {
    const clock = { ms: Date.parse('2026-06-15T12:00:00Z') };
    const calendar = createBusinessCalendar('UTC', { now: () => clock.ms });
    const first = calendar.today();
    clock.ms = first.endsAt.getTime() - 1;
    expect(calendar.today()).toBe(first);
    clock.ms += 1;
    expect(calendar.today().startsAt).toEqual(first.endsAt);
  });
});
