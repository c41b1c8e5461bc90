import type { Codec } from '../cache/index.ts';
import type { Catalog } from '../domain/catalog.ts';
import { MAX_INSTANT_MS, MIN_INSTANT_MS } from '../domain/instant.ts';
import type { Seller } from '../domain/seller.ts';

// A projection is stored as an array and an instant as milliseconds since the epoch: half the size, and a date cannot
// come back as a string. A page decodes hundreds of rows, so the checks are written by hand: zod takes as long as
// parsing the JSON.

export const sellerCodec: Codec<Seller | null> = {
  toJson: (seller) => seller && toSellerRow(seller),
  fromJson: (json) => (json === null ? null : fromSellerRow(json)),
};

export const sellersCodec: Codec<readonly Seller[]> = {
  toJson: (sellers) => sellers.map(toSellerRow),
  fromJson: (json) => listOf(json).map(fromSellerRow),
};

export const catalogCodec: Codec<Catalog | null> = {
  toJson: (catalog) => catalog && toCatalogRow(catalog),
  fromJson: (json) => (json === null ? null : fromCatalogRow(json)),
};

export const catalogsCodec: Codec<readonly Catalog[]> = {
  toJson: (catalogs) => catalogs.map(toCatalogRow),
  fromJson: (json) => listOf(json).map(fromCatalogRow),
};

const SELLER: Seller = { id: 6, name: 'name', customerDisplayId: 2, isActive: true };
const CATALOG: Catalog = {
  id: 3,
  title: 'title',
  customerCatalogId: 'customerCatalogId',
  startDate: new Date(1_234_567_890_123),
  agent: 'agent',
  endDate: new Date(1_234_567_890_456),
  isCompleted: true,
  sellerIds: [4, 5],
};
const NO_SELLER: Seller = { ...SELLER, name: null, customerDisplayId: null, isActive: null };
const NO_CATALOG: Catalog = {
  ...CATALOG,
  ...{ title: null, customerCatalogId: null, startDate: null, agent: null, endDate: null, isCompleted: null },
  sellerIds: [],
};

/**
 * The shape of rows, by example: each field with its encoded form. Releases whose rows differ in a name, the order or
 * the form of a value differ here too. All values are distinct, so that swapped columns show.
 */
export const ROW_SHAPE = JSON.stringify([
  [SELLER, NO_SELLER].map((seller) => [seller, sellerCodec.toJson(seller)]),
  [CATALOG, NO_CATALOG].map((catalog) => [catalog, catalogCodec.toJson(catalog)]),
  [sellerCodec.toJson(null), sellersCodec.toJson([SELLER]), sellersCodec.toJson([])],
  [catalogCodec.toJson(null), catalogsCodec.toJson([CATALOG]), catalogsCodec.toJson([])],
]);

function toSellerRow({ id, name, customerDisplayId, isActive }: Seller): unknown {
  return [id, name, customerDisplayId, toBit(isActive)];
}

function fromSellerRow(row: unknown): Seller {
  const [id, name, customerDisplayId, isActive] = rowOf(row, 4);
  const isValid =
    isInt32(id) &&
    isTextOrNull(name) &&
    (customerDisplayId === null || isInt32(customerDisplayId)) &&
    isBitOrNull(isActive);
  if (isValid) return { id, name, customerDisplayId, isActive: fromBit(isActive) };
  throw new TypeError('not a seller row');
}

function toCatalogRow(catalog: Catalog): unknown {
  const { id, title, customerCatalogId, startDate, agent, endDate, isCompleted, sellerIds } = catalog;
  const [startsAt, endsAt] = [startDate?.getTime() ?? null, endDate?.getTime() ?? null];
  return [id, title, customerCatalogId, startsAt, agent, endsAt, toBit(isCompleted), sellerIds];
}

function fromCatalogRow(row: unknown): Catalog {
  const [id, title, customerCatalogId, startsAt, agent, endsAt, isCompleted, sellerIds] = rowOf(row, 8);
  const isValid =
    isInt32(id) &&
    isTextOrNull(title) &&
    isTextOrNull(customerCatalogId) &&
    isInstantOrNull(startsAt) &&
    isTextOrNull(agent) &&
    isInstantOrNull(endsAt) &&
    isBitOrNull(isCompleted) &&
    areIds(sellerIds);
  if (isValid)
    return {
      ...{ id, title, customerCatalogId, startDate: toDate(startsAt), agent, endDate: toDate(endsAt) },
      ...{ isCompleted: fromBit(isCompleted), sellerIds },
    };
  throw new TypeError('not a catalog row');
}

function listOf(json: unknown): readonly unknown[] {
  if (Array.isArray(json)) return json;
  throw new TypeError('not a list');
}

function rowOf(json: unknown, length: number): readonly unknown[] {
  const row = listOf(json);
  if (row.length === length) return row;
  throw new TypeError('a row of the wrong length');
}

function toBit(value: boolean | null): 0 | 1 | null {
  return value === null ? null : value ? 1 : 0;
}

function fromBit(bit: 0 | 1 | null): boolean | null {
  return bit === null ? null : bit === 1;
}

function toDate(instant: number | null): Date | null {
  return instant === null ? null : new Date(instant);
}

function isBitOrNull(value: unknown): value is 0 | 1 | null {
  return value === null || value === 0 || value === 1;
}

function areIds(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every(isInt32);
}

function isInt32(value: unknown): value is number {
  return typeof value === 'number' && (value | 0) === value;
}

function isInstantOrNull(value: unknown): value is number | null {
  if (value === null) return true;
  return typeof value === 'number' && value >= MIN_INSTANT_MS && value <= MAX_INSTANT_MS;
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || (typeof value === 'string' && value.isWellFormed());
}
