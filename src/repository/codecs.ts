import { z } from 'zod';
import type { Codec } from '../cache/codec.ts';
import type { Catalog } from '../domain/catalog.ts';
import type { Seller } from '../domain/seller.ts';

// At rest a projection is an array, and an instant its milliseconds since the epoch: half the size, and a date
// can not come back as a string.
const sellerRow = z.tuple([z.number(), z.string().nullable(), z.number().nullable()]);
const catalogRow = z.tuple([z.number(), z.string().nullable(), z.string().nullable(), z.number().nullable()]);

export const sellerCodec: Codec<Seller | null> = {
  toJson: (seller) => seller && toSellerRow(seller),
  fromJson: (json) => (json === null ? null : fromSellerRow(sellerRow.parse(json))),
};

export const sellersCodec: Codec<readonly Seller[]> = {
  toJson: (sellers) => sellers.map(toSellerRow),
  fromJson: (json) => z.array(sellerRow).parse(json).map(fromSellerRow),
};

export const catalogCodec: Codec<Catalog | null> = {
  toJson: (catalog) => catalog && toCatalogRow(catalog),
  fromJson: (json) => (json === null ? null : fromCatalogRow(catalogRow.parse(json))),
};

export const catalogsCodec: Codec<readonly Catalog[]> = {
  toJson: (catalogs) => catalogs.map(toCatalogRow),
  fromJson: (json) => z.array(catalogRow).parse(json).map(fromCatalogRow),
};

function toSellerRow({ id, name, customerDisplayId }: Seller): z.input<typeof sellerRow> {
  return [id, name, customerDisplayId];
}

function fromSellerRow([id, name, customerDisplayId]: z.output<typeof sellerRow>): Seller {
  return { id, name, customerDisplayId };
}

function toCatalogRow({ id, title, customerCatalogId, startDate }: Catalog): z.input<typeof catalogRow> {
  return [id, title, customerCatalogId, startDate?.getTime() ?? null];
}

function fromCatalogRow([id, title, customerCatalogId, startsAt]: z.output<typeof catalogRow>): Catalog {
  return { id, title, customerCatalogId, startDate: startsAt === null ? null : new Date(startsAt) };
}
