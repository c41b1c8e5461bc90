import { after } from '../domain/maybe-promise.ts';
import type { Seller } from '../domain/seller.ts';
import { arrangementArguments, filterArgument, pageArguments, pageRequest } from './arguments.ts';
import { builder } from './builder.ts';
import { CatalogPageType, CatalogType } from './catalog.ts';
import { catalogListArguments } from './order.ts';
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
    isActive: t.exposeBoolean('isActive', { description: 'Whether the seller is active.' }),
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
      args: { ...pageArguments, ...catalogListArguments },
      resolve: (seller, args, { loaders }) =>
        loaders.catalogs(
          seller.id,
          pageRequest(args),
          filterArgument(args.filter),
          arrangementArguments(args),
        ),
    }),
  }),
});

// Nullable, so that a list of sellers that fails does not fail the catalogs.
builder.objectField(CatalogType, 'sellers', (t) =>
  t.field({
    type: [SellerType],
    description:
      'Sellers of the catalog. Those that the catalog service does not list are left out. Null, with an error, if the sellers could not be loaded.',
    resolve: (catalog, _, { loaders }) =>
      after(loaders.sellersById(catalog.sellerIds), (sellers) => sellers.filter((seller) => seller !== null)),
  }),
);

export const SellerPageType = pageOf('SellerPage', SellerType, 'One page of sellers.');

export const SellerFilterType = builder.inputType('SellerFilter', {
  description: 'Filters the list of sellers. All fields that are set must match.',
  fields: (t) => ({
    id: t.id({ description: 'The seller with this id.' }),
    name: t.string({ description: 'Sellers whose name contains this text. Case does not matter.' }),
    customerDisplayId: t.int({ description: 'Sellers with this number.' }),
    isActive: t.boolean({ description: 'Active sellers if true, inactive sellers if false.' }),
  }),
});
