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
      description: 'Identifies the seller; a 32-bit integer in decimal.',
    }),
    name: t.exposeString('name', { description: 'The name that staff and bidders know.' }),
    customerDisplayId: t.exposeInt('customerDisplayId', {
      description: 'The number under which customers know the seller.',
    }),
    // Nullable, or one seller whose catalogs fail would take the whole page of sellers down with it.
    futureCatalogs: t.field({
      type: CatalogPageType,
      description:
        'Catalogs that open today or later, soonest first. Null, with an error, where they cannot be had.',
      args: pageArguments,
      resolve: (seller, args, { loaders }) => loaders.futureCatalogs(seller.id, pageRequest(args)),
    }),
    catalogs: t.field({
      type: CatalogPageType,
      description:
        'All catalogs, past ones too, newest first; those without a date come last. Null, with an error, where they cannot be had.',
      args: {
        ...pageArguments,
        filter: t.arg({ type: CatalogFilterType, description: 'Narrows the list.' }),
      },
      resolve: (seller, args, { loaders }) =>
        loaders.catalogs(seller.id, pageRequest(args), filterArgument(args.filter)),
    }),
  }),
});

export const SellerPageType = pageOf('SellerPage', SellerType, 'One page of sellers.');

export const SellerFilterType = builder.inputType('SellerFilter', {
  description: 'Narrows the list of sellers. Fields that are set all have to match.',
  fields: (t) => ({
    id: t.id({ description: 'The seller with this id.' }),
    name: t.string({ description: 'Sellers with this name.' }),
    customerDisplayId: t.int({ description: 'Sellers with this number.' }),
    isActive: t.boolean({ description: 'Sellers that are active, or that are not.' }),
  }),
});
