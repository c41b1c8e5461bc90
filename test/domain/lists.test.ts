import { describe, expect, it } from 'vitest';
import { bySoonest, type Catalog, futureOf } from '../../src/domain/catalog.ts';
import { catalogComparator } from '../../src/domain/order.ts';
import { paginate } from '../../src/domain/page.ts';
import { catalog as record } from '../support/records.ts';

const catalog = (id: number, startDate: string | null): Catalog =>
  record(id, { startDate: startDate === null ? null : new Date(startDate) });

const catalogs = [
  catalog(5, null),
  catalog(3, '2026-09-01T00:00:00Z'),
  catalog(1, '2026-12-01T00:00:00Z'),
  catalog(4, null),
  catalog(2, '2026-09-01T00:00:00Z'),
];

const byNewest = catalogComparator({ field: 'START_DATE', direction: 'DESC' }, () => 0);

const ids = (list: readonly Catalog[]) => list.map(({ id }) => id);

describe('the order of catalogs', () => {
  it('is soonest first by start, then id, undated last', () => {
    expect(ids(catalogs.toSorted(bySoonest))).toEqual([2, 3, 1, 4, 5]);
  });

  it('is newest first by start, then id, undated last', () => {
    expect(ids(catalogs.toSorted(byNewest))).toEqual([1, 3, 2, 5, 4]);
  });

  it.each([bySoonest, byNewest])('does not depend on the input order', (order) => {
    const sorted = ids(catalogs.toSorted(order));
    expect(ids(catalogs.toReversed().toSorted(order))).toEqual(sorted);
  });
});

describe('a future catalog', () => {
  const startOfToday = new Date('2026-06-15T04:00:00Z');

  it('opens at the start of today or later', () => {
    const list = [catalog(1, '2026-06-15T03:59:59.999Z'), catalog(2, '2026-06-15T04:00:00.000Z')];
    expect([...futureOf(list, startOfToday)]).toEqual([list[1]]);
  });

  it('has a date', () => {
    expect(futureOf([catalog(1, null)], startOfToday)).toHaveLength(0);
  });
});

describe('a page', () => {
  const thirty = Array.from({ length: 30 }, (_, index) => index);

  it.each([
    { page: 1, pageSize: 25, first: 0, length: 25, totalPages: 2, previous: false, next: true },
    { page: 2, pageSize: 25, first: 25, length: 5, totalPages: 2, previous: true, next: false },
    { page: 3, pageSize: 10, first: 20, length: 10, totalPages: 3, previous: true, next: false },
    { page: 1, pageSize: 30, first: 0, length: 30, totalPages: 1, previous: false, next: false },
  ])('$page of size $pageSize has its items and its metadata', (expected) => {
    const page = paginate(thirty, expected);
    expect(page.items[0]).toBe(expected.first);
    expect(page.items).toHaveLength(expected.length);
    expect(page).toMatchObject({
      page: expected.page,
      pageSize: expected.pageSize,
      totalItems: 30,
      totalPages: expected.totalPages,
      hasPreviousPage: expected.previous,
      hasNextPage: expected.next,
    });
  });

  it('past the end is empty, with true totals', () => {
    expect(paginate(thirty, { page: 2_147_483_647, pageSize: 200 })).toEqual({
      items: [],
      page: 2_147_483_647,
      pageSize: 200,
      totalItems: 30,
      totalPages: 1,
      hasPreviousPage: true,
      hasNextPage: false,
    });
  });

  it('of an empty list is page 1 of 1', () => {
    expect(paginate([], { page: 1, pageSize: 25 })).toMatchObject({
      items: [],
      totalItems: 0,
      totalPages: 1,
    });
  });
});
