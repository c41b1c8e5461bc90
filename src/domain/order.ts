import type { Catalog } from './catalog.ts';
import type { Seller } from './seller.ts';

export type OrderDirection = 'ASC' | 'DESC';

/** An order of a list. Nulls come last in both directions; ties are ordered by id, in the same direction. */
export interface Order<F extends string> {
  readonly field: F;
  readonly direction: OrderDirection;
}

export type SellerOrder = Order<'NAME' | 'ID' | 'CUSTOMER_DISPLAY_ID'>;
export type CatalogOrder = Order<'START_DATE' | 'END_DATE' | 'TITLE' | 'ID'>;

type Compare<T> = (a: T, b: T) => number;
type Value = string | number | null;

/** `compareText` orders names, for example by the rules of a language. */
export function sellerComparator(
  { field, direction }: SellerOrder,
  compareText: Compare<string>,
): Compare<Seller> {
  switch (field) {
    case 'NAME':
      return comparator(({ name }) => name, direction, compareText);
    case 'CUSTOMER_DISPLAY_ID':
      return comparator(({ customerDisplayId }) => customerDisplayId, direction, compareText);
    case 'ID':
      return comparator(({ id }) => id, direction, compareText);
  }
}

/** `compareText` orders titles, for example by the rules of a language. */
export function catalogComparator(
  { field, direction }: CatalogOrder,
  compareText: Compare<string>,
): Compare<Catalog> {
  switch (field) {
    case 'START_DATE':
      return comparator(({ startDate }) => startDate?.getTime() ?? null, direction, compareText);
    case 'END_DATE':
      return comparator(({ endDate }) => endDate?.getTime() ?? null, direction, compareText);
    case 'TITLE':
      return comparator(({ title }) => title, direction, compareText);
    case 'ID':
      return comparator(({ id }) => id, direction, compareText);
  }
}

function comparator<T extends { readonly id: number }>(
  of: (item: T) => Value,
  direction: OrderDirection,
  compareText: Compare<string>,
): Compare<T> {
  const sign = direction === 'ASC' ? 1 : -1;
  return (a, b) => {
    const [one, other] = [of(a), of(b)];
    if (one === null || other === null) {
      if (one !== other) return one === null ? 1 : -1;
    } else {
      const order = typeof one === 'string' ? compareText(one, other as string) : one - (other as number);
      if (order !== 0) return sign * order;
    }
    return sign * (a.id - b.id);
  };
}
