import { BadUserInput } from '../domain/errors.ts';
import { after } from '../domain/maybe-promise.ts';
import {
  arrangementArguments,
  filterArgument,
  idArgument,
  idsArgument,
  MAX_IDS,
  pageArguments,
  pageRequest,
  upcomingArguments,
} from './arguments.ts';
import { builder } from './builder.ts';
import { CatalogPageType, CatalogType } from './catalog.ts';
import { catalogListArguments, SellerOrderType } from './order.ts';
import { addFailure } from './partial.ts';
import { SellerFilterType, SellerPageType, SellerType } from './seller.ts';
import { ViewerType } from './viewer.ts';

const SELLER_SEARCH =
  'Sellers whose name or number has, for each word of this text, a word that begins with it. Case and diacritics do not matter.';

builder.queryType({
  description: 'Root of all queries.',
  fields: (t) => ({
    sellers: t.field({
      type: SellerPageType,
      nullable: false,
      description: 'Sellers, by default in the order of the catalog service.',
      args: {
        ...pageArguments,
        filter: t.arg({ type: SellerFilterType, description: 'Filters the list in the catalog service.' }),
        search: t.arg.string({ description: SELLER_SEARCH }),
        orderBy: t.arg({ type: SellerOrderType, description: 'Order of the list.' }),
      },
      resolve: (_, args, { loaders }) =>
        loaders.sellers(pageRequest(args), filterArgument(args.filter), arrangementArguments(args)),
    }),
    seller: t.field({
      type: SellerType,
      description:
        'One seller, by its id or by its number; null for an unknown one. Requires exactly one of the two.',
      args: {
        id: t.arg.id({ description: "The seller's id." }),
        customerDisplayId: t.arg.int({
          description: 'Number of the seller, as customers see it, looked up in the list of all sellers.',
        }),
      },
      resolve(_, { id, customerDisplayId }, { loaders }) {
        const hasId = typeof id === 'string';
        const hasNumber = typeof customerDisplayId === 'number';
        if (hasId === hasNumber)
          throw new BadUserInput(
            `seller requires exactly one of id and customerDisplayId, not ${hasId ? 'both' : 'neither'}.`,
          );
        return hasId
          ? loaders.seller(idArgument('id', id))
          : loaders.sellerByDisplayId(customerDisplayId as number);
      },
    }),
    sellersById: t.field({
      type: t.listRef(SellerType, { nullable: true }),
      nullable: false,
      description:
        'Sellers from the list of all sellers, in the order of the ids; null for an id that it does not contain.',
      args: {
        ids: t.arg.idList({ required: true, description: `Ids of the sellers, at most ${MAX_IDS}.` }),
      },
      resolve: (_, { ids }, { loaders }) => loaders.sellersById(idsArgument('ids', ids)),
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
        ...catalogListArguments,
      },
      resolve: (_, { sellerId, filter, ...args }, { loaders }) =>
        loaders.catalogs(
          idArgument('sellerId', sellerId),
          pageRequest(args),
          filterArgument(filter),
          arrangementArguments(args),
        ),
    }),
    upcomingCatalogs: t.field({
      type: CatalogPageType,
      nullable: false,
      description:
        'Catalogs of all sellers, or of some, that open in a period: each once, by default soonest first. If the catalogs of some sellers could not be loaded, the page lacks them, and an error counts these sellers.',
      args: {
        from: t.arg({
          type: 'DateTime',
          description: 'Catalogs that open at this instant or later. By default, from the start of today.',
        }),
        to: t.arg({ type: 'DateTime', description: 'Catalogs that open before this instant.' }),
        sellerIds: t.arg.idList({
          description: `Only catalogs of these sellers, at most ${MAX_IDS}. By default, of all sellers.`,
        }),
        search: catalogListArguments.search,
        orderBy: catalogListArguments.orderBy,
        ...pageArguments,
      },
      // The path of the field is in the fourth parameter. Plans call resolvers without it, and support no more than three.
      resolve(_, args, context, ...[info]) {
        const upcoming = { ...upcomingArguments(args), ...arrangementArguments(args) };
        return after(context.loaders.upcomingCatalogs(pageRequest(args), upcoming), ({ page, failure }) => {
          if (failure) addFailure(context, failure, info);
          return page;
        });
      },
    }),
    catalog: t.field({
      type: CatalogType,
      description: 'One catalog; null for an unknown id.',
      args: { id: t.arg.id({ required: true, description: "The catalog's id." }) },
      resolve: (_, { id }, { loaders }) => loaders.catalog(idArgument('id', id)),
    }),
    viewer: t.field({
      type: ViewerType,
      nullable: true,
      description: 'Who sends the request; null for nobody.',
      resolve: (_, __, { viewer }) => viewer,
    }),
  }),
});
