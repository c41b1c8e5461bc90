import type { CatalogFilter } from '../domain/catalog.ts';
import type { SellerFilter } from '../domain/seller.ts';
import { formatWallTime } from './date-time.ts';

/** Query parameters, with the names that the upstream uses. */
export type Query = readonly (readonly [name: string, value: string])[];

export function sellerQuery(filter: SellerFilter): Query {
  return present({
    Id: filter.id,
    Name: filter.name,
    CustomerDisplayId: filter.customerDisplayId,
    IsActive: filter.isActive,
  });
}

/** Dates are sent as wall time in `timeZone` (IANA), the form that the upstream stores. */
export function catalogQuery(filter: CatalogFilter, timeZone: string): Query {
  return present({
    Id: filter.id,
    CustomerCatalogId: filter.customerCatalogId,
    Agent: filter.agent,
    Title: filter.title,
    StartDate: filter.startDate && formatWallTime(filter.startDate, timeZone),
    EndDate: filter.endDate && formatWallTime(filter.endDate, timeZone),
    IsCompleted: filter.isCompleted,
  });
}

function present(parameters: Record<string, string | number | boolean | undefined>): Query {
  return Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as const],
  );
}
