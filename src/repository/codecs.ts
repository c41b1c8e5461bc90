import type { Catalog } from '../domain/catalog.ts';
import type { Seller } from '../domain/seller.ts';
import { bitOrNull, instantOrNull, int32, int32OrNull, int32s, textOrNull } from './columns.ts';
import { createRowCodecs } from './rows.ts';

// A list is stored as bytes, and a row is decoded when it is read: most lists are read a page at a time.

export const { list: sellersCodec, one: sellerCodec } = createRowCodecs<Seller>({
  id: int32,
  name: textOrNull,
  customerDisplayId: int32OrNull,
  isActive: bitOrNull,
});

export const { list: catalogsCodec, one: catalogCodec } = createRowCodecs<Catalog>({
  id: int32,
  title: textOrNull,
  customerCatalogId: textOrNull,
  startDate: instantOrNull,
  agent: textOrNull,
  endDate: instantOrNull,
  isCompleted: bitOrNull,
  sellerIds: int32s,
});

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
 * The shape of rows, by example: fields with their encoded form. Releases whose rows differ in a name, the order or the
 * form of a value differ here too. All values are distinct, so that swapped columns show.
 */
export const ROW_SHAPE = JSON.stringify([
  [[SELLER, NO_SELLER], sellersCodec.toBytes([SELLER, NO_SELLER]).toString('hex')],
  [[CATALOG, NO_CATALOG], catalogsCodec.toBytes([CATALOG, NO_CATALOG]).toString('hex')],
]);
