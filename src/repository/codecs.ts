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

const SELLER: Seller = { id: 1, name: 'name', customerDisplayId: 2 };
const CATALOG: Catalog = {
  id: 3,
  title: 'title',
  customerCatalogId: 'customerCatalogId',
  startDate: new Date(1_234_567_890_123),
};
const NO_SELLER: Seller = { ...SELLER, name: null, customerDisplayId: null };
const NO_CATALOG: Catalog = { ...CATALOG, title: null, customerCatalogId: null, startDate: null };

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

function toSellerRow({ id, name, customerDisplayId }: Seller): unknown {
  return [id, name, customerDisplayId];
}

function fromSellerRow(row: unknown): Seller {
  const [id, name, customerDisplayId] = rowOf(row, 3);
  if (isInt32(id) && isTextOrNull(name) && (customerDisplayId === null || isInt32(customerDisplayId)))
    return { id, name, customerDisplayId };
  throw new TypeError('not a seller row');
}

function toCatalogRow({ id, title, customerCatalogId, startDate }: Catalog): unknown {
  return [id, title, customerCatalogId, startDate?.getTime() ?? null];
}

function fromCatalogRow(row: unknown): Catalog {
  const [id, title, customerCatalogId, startsAt] = rowOf(row, 4);
  if (isInt32(id) && isTextOrNull(title) && isTextOrNull(customerCatalogId) && isInstantOrNull(startsAt))
    return { id, title, customerCatalogId, startDate: startsAt === null ? null : new Date(startsAt) };
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
