import { filterArgument, idArgument, pageArguments, pageRequest } from './arguments.ts';
import { builder } from './builder.ts';
import { CatalogFilterType, CatalogPageType, CatalogType } from './catalog.ts';
import { SellerFilterType, SellerPageType, SellerType } from './seller.ts';

builder.queryType({
  description: 'Where every query starts.',
  fields: (t) => ({
    sellers: t.field({
      type: SellerPageType,
      nullable: false,
      description: 'Sellers, in the order of the catalog service.',
      args: { ...pageArguments, filter: t.arg({ type: SellerFilterType, description: 'Narrows the list.' }) },
      resolve: (_, args, { loaders }) => loaders.sellers(pageRequest(args), filterArgument(args.filter)),
    }),
    seller: t.field({
      type: SellerType,
      description: 'One seller; null for an id that is not known.',
      args: { id: t.arg.id({ required: true, description: "The seller's id." }) },
      resolve: (_, { id }, { loaders }) => loaders.seller(idArgument('id', id)),
    }),
    futureCatalogs: t.field({
      type: CatalogPageType,
      nullable: false,
      description: "A seller's catalogs that open today or later, soonest first. An unknown seller has none.",
      args: { sellerId: t.arg.id({ required: true, description: "The seller's id." }), ...pageArguments },
      resolve: (_, { sellerId, ...args }, { loaders }) =>
        loaders.futureCatalogs(idArgument('sellerId', sellerId), pageRequest(args)),
    }),
    catalogs: t.field({
      type: CatalogPageType,
      nullable: false,
      description:
        "All of a seller's catalogs, past ones too, newest first; those without a date come last. An unknown seller has none.",
      args: {
        sellerId: t.arg.id({ required: true, description: "The seller's id." }),
        ...pageArguments,
        filter: t.arg({ type: CatalogFilterType, description: 'Narrows the list.' }),
      },
      resolve: (_, { sellerId, filter, ...args }, { loaders }) =>
        loaders.catalogs(idArgument('sellerId', sellerId), pageRequest(args), filterArgument(filter)),
    }),
    catalog: t.field({
      type: CatalogType,
      description: 'One catalog; null for an id that is not known.',
      args: { id: t.arg.id({ required: true, description: "The catalog's id." }) },
      resolve: (_, { id }, { loaders }) => loaders.catalog(idArgument('id', id)),
    }),
  }),
});
