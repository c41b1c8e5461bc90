import { filterArgument, idArgument, pageArguments, pageRequest } from './arguments.ts';
import { builder } from './builder.ts';
import { CatalogFilterType, CatalogPageType, CatalogType } from './catalog.ts';
import { SellerFilterType, SellerPageType, SellerType } from './seller.ts';

builder.queryType({
  description: 'Root of all queries.',
  fields: (t) => ({
    sellers: t.field({
      type: SellerPageType,
      nullable: false,
      description: 'Sellers, in the order of the catalog service.',
      args: { ...pageArguments, filter: t.arg({ type: SellerFilterType, description: 'Filters the list.' }) },
      resolve: (_, args, { loaders }) => loaders.sellers(pageRequest(args), filterArgument(args.filter)),
    }),
    seller: t.field({
      type: SellerType,
      description: 'One seller; null for an unknown id.',
      args: { id: t.arg.id({ required: true, description: "The seller's id." }) },
      resolve: (_, { id }, { loaders }) => loaders.seller(idArgument('id', id)),
    }),
    futureCatalogs: t.field({
      type: CatalogPageType,
      nullable: false,
      description:
        'Catalogs of a seller that open today or later, soonest first. Empty for an unknown seller.',
      args: { sellerId: t.arg.id({ required: true, description: "The seller's id." }), ...pageArguments },
      resolve: (_, { sellerId, ...args }, { loaders }) =>
        loaders.futureCatalogs(idArgument('sellerId', sellerId), pageRequest(args)),
    }),
    catalogs: t.field({
      type: CatalogPageType,
      nullable: false,
      description:
        'All catalogs of a seller, including past ones, newest first; catalogs without a date come last. Empty for an unknown seller.',
      args: {
        sellerId: t.arg.id({ required: true, description: "The seller's id." }),
        ...pageArguments,
        filter: t.arg({ type: CatalogFilterType, description: 'Filters the list.' }),
      },
      resolve: (_, { sellerId, filter, ...args }, { loaders }) =>
        loaders.catalogs(idArgument('sellerId', sellerId), pageRequest(args), filterArgument(filter)),
    }),
    catalog: t.field({
      type: CatalogType,
      description: 'One catalog; null for an unknown id.',
      args: { id: t.arg.id({ required: true, description: "The catalog's id." }) },
      resolve: (_, { id }, { loaders }) => loaders.catalog(idArgument('id', id)),
    }),
  }),
});
