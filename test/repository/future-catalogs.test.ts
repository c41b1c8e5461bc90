import { describe, expect, it } from 'vitest';
import type { Catalog } from '../../src/domain/catalog.ts';
import { createFutureCatalogs } from '../../src/repository/future-catalogs.ts';
import { idsOf } from '../../src/repository/rows.ts';
import { catalog as record } from '../support/records.ts';

function catalog(id: number, startDate: string | null): Catalog {
  return record(id, { startDate: startDate === null ? null : new Date(startDate) });
}

function dayOf(date: string) {
  const startsAt = new Date(`${date}T00:00:00Z`);
  return { startsAt, endsAt: new Date(startsAt.getTime() + 24 * 3_600_000) };
}

describe('future catalogs of a list', () => {
  const list = [
    catalog(2, '2026-06-14T23:59:59Z'),
    catalog(3, '2026-06-15T00:00:00Z'),
    catalog(4, '2026-06-16T12:00:00Z'),
    catalog(1, null),
  ];

  it('are those that start on or after the given day, in any order of days', () => {
    const futureOf = createFutureCatalogs();
    for (const [date, future] of [
      ['2026-06-15', [3, 4]],
      ['2026-06-15', [3, 4]],
      ['2026-06-16', [4]],
      ['2026-06-14', [2, 3, 4]],
    ] as const)
      expect(idsOf(futureOf(list, dayOf(date)))).toEqual(future);
  });

  it('are the same list until the day changes', () => {
    const futureOf = createFutureCatalogs();
    const future = futureOf(list, dayOf('2026-06-15'));
    expect(futureOf(list, dayOf('2026-06-15'))).toBe(future);
    expect(futureOf(list, dayOf('2026-06-16'))).not.toBe(future);
  });

  it('are computed for each list separately', () => {
    const futureOf = createFutureCatalogs();
    expect(idsOf(futureOf(list, dayOf('2026-06-15')))).toEqual([3, 4]);
    expect(idsOf(futureOf([catalog(9, '2027-01-01T00:00:00Z')], dayOf('2026-06-15')))).toEqual([9]);
  });
});
