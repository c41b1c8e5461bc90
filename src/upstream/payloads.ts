import { z } from 'zod';
import type { Catalog } from '../domain/catalog.ts';
import type { Seller } from '../domain/seller.ts';
import { parseDateTime } from './date-time.ts';

/** What a list can have at most, so that a wild answer does not set off calls without end. */
export const MAX_PAGES = 10_000;
/** What .NET writes for a date that was never set. */
const UNSET_DATE = '0001-01-01T00:00:00';

/** A catalog with the sellers it names, none where the upstream did not say. */
export interface SellersCatalog {
  readonly id: number;
  readonly catalog: Catalog;
  readonly sellerIds: readonly number[];
}

/** A page of a list. `rejected` counts the items that were left out, by the field that was wrong. */
export interface ListPage<T> {
  readonly items: readonly T[];
  readonly rejected: ReadonlyMap<string, number>;
  readonly totalPages: number;
  readonly totalItems: number;
}

/** A payload that is not what the contract says; `field` is the path of what is wrong, empty for the whole. */
export class PayloadFault extends Error {
  override name = 'PayloadFault' as const;
  readonly field: string;

  constructor(field: string) {
    super(field === '' ? 'the answer has the wrong shape' : `field ${field} is not as the contract says`);
    this.field = field;
  }
}

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? null);

const seller = z.object({
  id: z.int32(),
  name: text,
  customerDisplayId: z
    .int32()
    .nullish()
    .transform((value) => value ?? null),
});

const envelope = z.object({
  items: z.array(z.unknown()).nullable(),
  totalPages: z.int().min(0).max(MAX_PAGES),
  totalItems: z.int().min(0),
});

/** The token is held to what a header can carry (RFC 6750, section 2.1), for fetch quotes what it refuses. */
const token = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]+$/),
  refresh_token: z.string().nullish(),
  expires_in: z.number().min(0),
});

export type TokenPayload = z.output<typeof token>;

/** Reads payloads into domain types, keeping nothing else of them. Each throws PayloadFault. */
export interface Payloads {
  seller(body: unknown): Seller;
  catalog(body: unknown): Catalog;
  sellerPage(body: unknown): ListPage<Seller>;
  catalogPage(body: unknown): ListPage<SellersCatalog>;
}

/** `timeZone` (IANA) is where date-times without an offset are read. */
export function createPayloads(timeZone: string): Payloads {
  const dateTime = z
    .string()
    .nullish()
    .transform((value, context) => {
      if (value == null || value.startsWith(UNSET_DATE)) return null;
      const instant = parseDateTime(value, timeZone);
      if (instant === null) context.addIssue({ code: 'custom', message: 'not a date-time' });
      return instant;
    });
  const catalogFields = { id: z.int32(), title: text, customerCatalogId: text, startDate: dateTime };
  const catalog = z.object(catalogFields);
  const sellersCatalog = z
    .object({ ...catalogFields, sellers: z.array(z.object({ id: z.int32() })).nullish() })
    .transform(({ sellers, ...fields }) => ({
      id: fields.id,
      catalog: fields,
      sellerIds: (sellers ?? []).map(({ id }) => id),
    }));

  return {
    seller: (body) => read(seller, body),
    catalog: (body) => read(catalog, body),
    sellerPage: (body) => readPage(seller, body),
    catalogPage: (body) => readPage(sellersCatalog, body),
  };
}

/** Throws PayloadFault. */
export function readToken(body: unknown): TokenPayload {
  return read(token, body);
}

function read<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (!result.success) throw new PayloadFault(faultyField(result.error));
  return result.data;
}

function readPage<T>(schema: z.ZodType<T>, body: unknown): ListPage<T> {
  const { items, totalPages, totalItems } = read(envelope, body);
  const results = (items ?? []).map((item) => schema.safeParse(item));
  const faults = results.flatMap(({ error }) => (error === undefined ? [] : [faultyField(error)]));
  // One bad item is the item's fault; where all are bad, the answer is, and must not pass for an empty list.
  const [firstFault] = faults;
  if (firstFault !== undefined && faults.length > 1 && faults.length === results.length) {
    throw new PayloadFault(`items.${firstFault}`);
  }
  const rejected = new Map<string, number>();
  for (const field of faults) rejected.set(field, (rejected.get(field) ?? 0) + 1);
  return {
    items: results.flatMap((result) => (result.success ? [result.data] : [])),
    rejected,
    totalPages,
    totalItems,
  };
}

/** The first faulty field without array positions, so that a report has few distinct ones. */
function faultyField({ issues: [first] }: z.ZodError): string {
  return (first?.path ?? []).filter((key) => typeof key === 'string').join('.');
}
