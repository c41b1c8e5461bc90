import type { CatalogOrder, OrderDirection, SellerOrder } from '../domain/order.ts';
import { builder } from './builder.ts';
import { CatalogFilterType } from './catalog.ts';

type Values<V extends string> = Record<V, { readonly description: string }>;

const DirectionType = builder.enumType('OrderDirection', {
  description:
    'Direction of an order. Nulls come last in both; ties are ordered by id, in the same direction.',
  values: {
    ASC: { description: 'Smallest, earliest or first in the alphabet first.' },
    DESC: { description: 'Greatest, latest or last in the alphabet first.' },
  } satisfies Values<OrderDirection>,
});

const direction = {
  required: true,
  defaultValue: 'ASC',
  description: 'Direction of the order.',
} as const;

const SellerOrderFieldType = builder.enumType('SellerOrderField', {
  description: 'What sellers can be ordered by.',
  values: {
    NAME: { description: 'Name, in the alphabet of the configured language.' },
    ID: { description: 'Id.' },
    CUSTOMER_DISPLAY_ID: { description: 'Number, as customers see it.' },
  } satisfies Values<SellerOrder['field']>,
});

export const SellerOrderType = builder.inputType('SellerOrder', {
  description: 'Order of a list of sellers.',
  fields: (t) => ({
    field: t.field({
      type: SellerOrderFieldType,
      required: true,
      description: 'What the sellers are ordered by.',
    }),
    direction: t.field({ type: DirectionType, ...direction }),
  }),
});

const CatalogOrderFieldType = builder.enumType('CatalogOrderField', {
  description: 'What catalogs can be ordered by.',
  values: {
    START_DATE: { description: 'When the auction opens.' },
    END_DATE: { description: 'When the auction closes.' },
    TITLE: { description: 'Title, in the alphabet of the configured language.' },
    ID: { description: 'Id.' },
  } satisfies Values<CatalogOrder['field']>,
});

const CatalogOrderType = builder.inputType('CatalogOrder', {
  description: 'Order of a list of catalogs.',
  fields: (t) => ({
    field: t.field({
      type: CatalogOrderFieldType,
      required: true,
      description: 'What the catalogs are ordered by.',
    }),
    direction: t.field({ type: DirectionType, ...direction }),
  }),
});

/** The arguments of every list of one seller's catalogs beside its page. */
export const catalogListArguments = builder.args((t) => ({
  filter: t.field({ type: CatalogFilterType, description: 'Filters the list in the catalog service.' }),
  search: t.string({
    description:
      "Catalogs whose title or identifier in the seller's system has, for each word of this text, a word that begins with it. Case and diacritics do not matter.",
  }),
  orderBy: t.field({ type: CatalogOrderType, description: 'Order of the list.' }),
}));
