import { z } from 'zod';
import type { Catalog } from '../domain/catalog.ts';
import type { Seller } from '../domain/seller.ts';
import { isUnsetDate, parseDateTime } from './date-time.ts';

/** The most pages of a list. Bounds the calls that a wrong total can cause. */
export const MAX_PAGES = 10_000;
/** An item that was skipped in a list, with its readable fields. */
export interface RejectedItem {
  /** The path of the first invalid field. */
  readonly field: string;
  readonly id: number | null;
  readonly sellerIds: readonly number[];
}

/** A page of a list. `hasNextPage` is false if the source omits it. */
export interface ListPage<T> {
  readonly items: readonly T[];
  readonly rejected: readonly RejectedItem[];
  readonly totalPages: number;
  readonly totalItems: number;
  readonly hasNextPage: boolean;
}

/** A payload that violates the contract; `field` is the path of the invalid field, empty for the whole payload. */
export class PayloadFault extends Error {
  override name = 'PayloadFault' as const;
  readonly field: string;

  constructor(field: string, reason = defaultReason(field)) {
    super(reason);
    this.field = field;
  }
}

function defaultReason(field: string): string {
  return field === '' ? 'the response has the wrong shape' : `field ${field} violates the contract`;
}

/** Replaces each lone surrogate, as in text cut inside a character, with U+FFFD: strict JSON parsers refuse them. */
const text = z
  .string()
  .nullish()
  .transform((value) => value?.toWellFormed() ?? null);

const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? null);

const seller = z.object({
  id: z.int32(),
  name: text,
  customerDisplayId: z
    .int32()
    .nullish()
    .transform((value) => value ?? null),
  isActive: flag,
});

const envelope = z.object({
  items: z.array(z.unknown()).nullable(),
  totalPages: z.int().min(0).max(MAX_PAGES),
  totalItems: z.int().min(0),
  hasNextPage: z.boolean().nullish(),
});

const idOrNull = z.int32().nullable().catch(null);
const nobody = { id: null };

/** Accepts any value: reads the ids of a rejected item as far as they are valid. */
const remains = z
  .object({ id: idOrNull, sellers: z.array(z.object({ id: idOrNull }).catch(nobody)).catch([]) })
  .catch({ ...nobody, sellers: [] });

/** The token must be valid in a header (RFC 6750, section 2.1): an HTTP client quotes a header value that it refuses. */
const token = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]+$/),
  refresh_token: z.string().nullish(),
  expires_in: z.unknown().optional(),
});

/** A granted token. */
export interface TokenPayload {
  readonly access_token: string;
  readonly refresh_token?: string | null | undefined;
  /** How long to use it, in seconds: 1 to a day. */
  readonly lifetimeSeconds: number;
}

/** For a token without `expires_in` (allowed by RFC 6749, section 5.1). A token that expires sooner is replaced on 401. */
const UNKNOWN_LIFETIME_SECONDS = 300;
const MAX_LIFETIME_SECONDS = 24 * 60 * 60;

/** Reads payloads into domain types and drops all other fields. Each method throws PayloadFault. */
export interface Payloads {
  /** The seller `id`. A record with another id is a fault. */
  seller(id: number, body: unknown): Seller;
  /** The catalog `id`. A record with another id is a fault. */
  catalog(id: number, body: unknown): Catalog;
  sellerPage(body: unknown): ListPage<Seller>;
  catalogPage(body: unknown): ListPage<Catalog>;
}

/** Date-times without an offset are read in `timeZone` (IANA). */
export function createPayloads(timeZone: string): Payloads {
  const dateTime = z
    .string()
    .nullish()
    .transform((value, context) => {
      if (value == null || isUnsetDate(value)) return null;
      const instant = parseDateTime(value, timeZone);
      if (instant === null) context.addIssue({ code: 'custom', message: 'not a date-time' });
      return instant;
    });
  const catalog = z
    .object({
      id: z.int32(),
      title: text,
      customerCatalogId: text,
      startDate: dateTime,
      agent: text,
      endDate: dateTime,
      isCompleted: flag,
      sellers: z.array(z.object({ id: z.int32() })).nullish(),
    })
    .transform(({ sellers, ...fields }) => ({
      ...fields,
      sellerIds: [...new Set((sellers ?? []).map(({ id }) => id))],
    }));

  return {
    seller: (id, body) => readOne(seller, id, body),
    catalog: (id, body) => readOne(catalog, id, body),
    sellerPage: (body) => readPage(seller, body),
    catalogPage: (body) => readPage(catalog, body),
  };
}

/** Throws PayloadFault. */
export function readToken(body: unknown): TokenPayload {
  const { expires_in, ...granted } = read(token, body);
  return { ...granted, lifetimeSeconds: lifetimeOf(expires_in) };
}

/** `expires_in` as a number or as decimal text. An unusable value does not invalidate the token. */
function lifetimeOf(value: unknown): number {
  const seconds = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof seconds !== 'number' || !(seconds > 0)) return UNKNOWN_LIFETIME_SECONDS;
  return Math.min(Math.max(seconds, 1), MAX_LIFETIME_SECONDS);
}

function read<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (!result.success) throw new PayloadFault(faultyField(result.error));
  return result.data;
}

function readOne<T extends { readonly id: number }>(schema: z.ZodType<T>, id: number, body: unknown): T {
  const record = read(schema, body);
  if (record.id !== id) throw new PayloadFault('id', 'the id of the record differs from the requested id');
  return record;
}

function readPage<T>(schema: z.ZodType<T>, body: unknown): ListPage<T> {
  const { items, totalPages, totalItems, hasNextPage } = read(envelope, body);
  const accepted: T[] = [];
  const rejected: RejectedItem[] = [];
  for (const item of items ?? []) {
    const { data, error } = schema.safeParse(item);
    if (error) rejected.push({ field: faultyField(error), ...remainsOf(item) });
    else accepted.push(data);
  }
  // A single bad item is rejected alone. If a page has several and no good one, the page is wrong.
  const [first] = rejected;
  if (first && rejected.length > 1 && accepted.length === 0) throw new PayloadFault(`items.${first.field}`);
  return { items: accepted, rejected, totalPages, totalItems, hasNextPage: hasNextPage ?? false };
}

function remainsOf(item: unknown): Pick<RejectedItem, 'id' | 'sellerIds'> {
  const { id, sellers } = remains.parse(item);
  return { id, sellerIds: sellers.flatMap((seller) => seller.id ?? []) };
}

/** The path of the first faulty field without array positions, which keeps the number of distinct values small. */
function faultyField({ issues: [first] }: z.ZodError): string {
  return (first?.path ?? []).filter((key) => typeof key === 'string').join('.');
}
