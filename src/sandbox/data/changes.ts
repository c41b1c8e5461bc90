import { z } from 'zod';
import { checked, UnknownRecord } from '../input.ts';
import type { SandboxCatalog } from './catalogs.ts';
import { dayOf, parseLocalTime } from './local-time.ts';

/** What can be changed of a seller; what is absent stays. */
export interface SellerChange {
  readonly name?: string | null;
  readonly isActive?: boolean;
  readonly customerDisplayId?: number;
}

/**
 * What can be changed of a catalog; what is absent stays. `startDate` is a time without an offset, such as
 * `2026-09-01T00:00:00`; the catalog then ends with that day. `sellerIds` names one seller at least.
 */
export interface CatalogChange {
  readonly title?: string | null;
  readonly startDate?: string | null;
  readonly sellerIds?: readonly number[];
}

const int32 = z.int32({ error: 'must be a 32-bit whole number' });
const text = z.string({ error: 'must be text or null' }).nullable();

const sellerChange = z
  .strictObject({
    name: text,
    isActive: z.boolean({ error: 'must be true or false' }),
    customerDisplayId: int32,
  })
  .partial();

const NO_LOCAL_TIME = 'must be a time without an offset such as 2026-09-01T00:00:00, or null';
const NO_SELLERS = 'must be a list of one or more seller ids';

const catalogChange = z
  .strictObject({
    title: text,
    startDate: z
      .string({ error: NO_LOCAL_TIME })
      .refine((value) => value.includes('T') && parseLocalTime(value) !== null, { error: NO_LOCAL_TIME })
      .nullable(),
    sellerIds: z.array(int32, { error: NO_SELLERS }).min(1, { error: NO_SELLERS }),
  })
  .partial();

/** Throws InvalidInput. */
export function readSellerChange(input: unknown): SellerChange {
  return checked(sellerChange, input) as SellerChange;
}

/** Throws InvalidInput. */
export function readCatalogChange(input: unknown): CatalogChange {
  return checked(catalogChange, input) as CatalogChange;
}

/**
 * The catalog as the change leaves it. One that was not there is made where the change names sellers.
 * @throws UnknownRecord where it names none.
 */
export function changedCatalog(
  id: number,
  before: SandboxCatalog | null,
  { startDate, ...change }: CatalogChange,
  now: number,
): SandboxCatalog {
  const base = before ?? created(id, change.sellerIds);
  return { ...base, ...change, ...(startDate === undefined ? {} : datesFrom(startDate, now)) };
}

function created(id: number, sellerIds: readonly number[] | undefined): SandboxCatalog {
  if (sellerIds === undefined)
    throw new UnknownRecord(`catalog ${id} does not exist; give sellerIds to create it`);
  return {
    id,
    customerCatalogId: null,
    agent: null,
    title: null,
    startDate: null,
    endDate: null,
    isCompleted: false,
    sellerIds,
  };
}

function datesFrom(startDate: string | null, now: number) {
  const startMs = startDate === null ? null : parseLocalTime(startDate);
  if (startDate === null || startMs === null) return { startDate: null, endDate: null, isCompleted: false };
  const endDate = `${startDate.slice(0, 'yyyy-mm-dd'.length)}T23:59:59.999`;
  return { startDate, endDate, isCompleted: dayOf(startMs) < dayOf(now) };
}
