import type { Seller } from '../domain/seller.ts';
import { filterArgument, pageArguments, pageRequest } from './arguments.ts';
import { builder } from './builder.ts';
import { CatalogFilterType, CatalogPageType } from './catalog.ts';
import { pageOf } from './page.ts';

export const SellerType = builder.objectRef<Seller>('Seller').implement({
  description: 'A party that sells at auction.',
  fields: (t) => ({
    id: t.exposeID('id', {
      nullable: false,
      description: 'Id of the seller: a 32-bit integer in decimal.',
    }),
    name: t.exposeString('name', { description: 'Name as staff and bidders see it.' }),
    customerDisplayId: t.exposeInt('customerDisplayId', {
      description: 'Number of the seller, as customers see it.',
    }),
    // Nullable, so that one seller whose catalogs fail does not fail the whole page of sellers.
    futureCatalogs: t.field({
      type: CatalogPageType,
      description:
        'Catalogs that open today or later, soonest first. Null, with an error, if they could not be loaded.',
      args: pageArguments,
      resolve: (seller, args, { loaders }) => loaders.futureCatalogs(seller.id, pageRequest(args)),
    }),
    catalogs: t.field({
      type: CatalogPageType,
      description:
        'All catalogs, including past ones, newest first; catalogs without a date come last. Null, with an error, if they could not be loaded.',
      args: {
        ...pageArguments,
        filter: t.arg({ type: CatalogFilterType, description: 'Filters the list.' }),
      },
      resolve: (seller, args, { loaders }) =>
        loaders.catalogs(seller.id, pageRequest(args), filterArgument(args.filter)),
    }),
  }),
});

export const SellerPageType = pageOf('SellerPage', SellerType, 'One page of sellers.');

export const SellerFilterType = builder.inputType('SellerFilter', {
  description: 'Filters the list of sellers. All fields that are set must match.',
  fields: (t) => ({
    id: t.id({ description: 'The seller with this id.' }),
    name: t.string({ description: 'Sellers with this name.' }),
    customerDisplayId: t.int({ description: 'Sellers with this number.' }),
    isActive: t.boolean({ description: 'Active sellers if true, inactive sellers if false.' }),
  }),
});
