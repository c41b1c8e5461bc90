import type { Catalog } from '../domain/catalog.ts';
import { builder } from './builder.ts';
import { pageOf } from './page.ts';

export const CatalogType = builder.objectRef<Catalog>('Catalog');

CatalogType.implement({
  description: 'An auction event: a set of lots that are sold together.',
  fields: (t) => ({
    id: t.exposeID('id', {
      nullable: false,
      description: 'Id of the catalog: a 32-bit integer in decimal.',
    }),
    title: t.exposeString('title', { description: 'Title as bidders see it.' }),
    customerCatalogId: t.exposeString('customerCatalogId', {
      description: "The catalog's identifier in the seller's own system.",
    }),
    startDate: t.expose('startDate', {
      type: 'DateTime',
      description: 'When the auction opens; null if no date is set yet.',
    }),
    endDate: t.expose('endDate', {
      type: 'DateTime',
      description: 'When the auction closes; null if no date is set yet.',
    }),
    isCompleted: t.exposeBoolean('isCompleted', { description: 'Whether the auction is over.' }),
    agent: t.exposeString('agent', { description: 'The shipping agent.' }),
  }),
});

export const CatalogPageType = pageOf('CatalogPage', CatalogType, 'One page of catalogs.');

export const CatalogFilterType = builder.inputType('CatalogFilter', {
  description: 'Filters a list of catalogs. All fields that are set must match.',
  fields: (t) => ({
    id: t.id({ description: 'The catalog with this id.' }),
    customerCatalogId: t.string({
      description:
        "Catalogs whose identifier in the seller's own system contains this text. Case does not matter.",
    }),
    agent: t.string({
      description: 'Catalogs whose shipping agent contains this text. Case does not matter.',
    }),
    title: t.string({ description: 'Catalogs whose title contains this text. Case does not matter.' }),
    startDate: t.field({ type: 'DateTime', description: 'Catalogs that open at this instant or later.' }),
    endDate: t.field({ type: 'DateTime', description: 'Catalogs that close at this instant or earlier.' }),
    isCompleted: t.boolean({ description: 'Completed catalogs if true, other catalogs if false.' }),
  }),
});
