/* eslint-disable */
import * as types from './graphql';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  query Catalogs($id: ID!, $page: Int!, $search: String, $orderBy: CatalogOrder) {\n    seller(id: $id) {\n      id\n      name\n      catalogs(page: $page, pageSize: 20, search: $search, orderBy: $orderBy) {\n        items { id title agent startDate endDate isCompleted }\n        page totalItems totalPages hasPreviousPage hasNextPage\n      }\n    }\n  }\n": typeof types.CatalogsDocument,
    "\n  query Sellers($page: Int!, $search: String, $orderBy: SellerOrder, $filter: SellerFilter) {\n    sellers(page: $page, pageSize: 20, search: $search, orderBy: $orderBy, filter: $filter) {\n      items { id name customerDisplayId isActive }\n      page totalItems totalPages hasPreviousPage hasNextPage\n    }\n  }\n": typeof types.SellersDocument,
    "query Viewer { viewer { name } }": typeof types.ViewerDocument,
    "\n  query Upcoming($from: DateTime, $to: DateTime, $page: Int!, $orderBy: CatalogOrder) {\n    upcomingCatalogs(from: $from, to: $to, page: $page, pageSize: 12, orderBy: $orderBy) {\n      items { id title startDate sellers { id name } }\n      page totalItems totalPages hasPreviousPage hasNextPage\n    }\n  }\n": typeof types.UpcomingDocument,
};
const documents: Documents = {
    "\n  query Catalogs($id: ID!, $page: Int!, $search: String, $orderBy: CatalogOrder) {\n    seller(id: $id) {\n      id\n      name\n      catalogs(page: $page, pageSize: 20, search: $search, orderBy: $orderBy) {\n        items { id title agent startDate endDate isCompleted }\n        page totalItems totalPages hasPreviousPage hasNextPage\n      }\n    }\n  }\n": types.CatalogsDocument,
    "\n  query Sellers($page: Int!, $search: String, $orderBy: SellerOrder, $filter: SellerFilter) {\n    sellers(page: $page, pageSize: 20, search: $search, orderBy: $orderBy, filter: $filter) {\n      items { id name customerDisplayId isActive }\n      page totalItems totalPages hasPreviousPage hasNextPage\n    }\n  }\n": types.SellersDocument,
    "query Viewer { viewer { name } }": types.ViewerDocument,
    "\n  query Upcoming($from: DateTime, $to: DateTime, $page: Int!, $orderBy: CatalogOrder) {\n    upcomingCatalogs(from: $from, to: $to, page: $page, pageSize: 12, orderBy: $orderBy) {\n      items { id title startDate sellers { id name } }\n      page totalItems totalPages hasPreviousPage hasNextPage\n    }\n  }\n": types.UpcomingDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Catalogs($id: ID!, $page: Int!, $search: String, $orderBy: CatalogOrder) {\n    seller(id: $id) {\n      id\n      name\n      catalogs(page: $page, pageSize: 20, search: $search, orderBy: $orderBy) {\n        items { id title agent startDate endDate isCompleted }\n        page totalItems totalPages hasPreviousPage hasNextPage\n      }\n    }\n  }\n"): (typeof documents)["\n  query Catalogs($id: ID!, $page: Int!, $search: String, $orderBy: CatalogOrder) {\n    seller(id: $id) {\n      id\n      name\n      catalogs(page: $page, pageSize: 20, search: $search, orderBy: $orderBy) {\n        items { id title agent startDate endDate isCompleted }\n        page totalItems totalPages hasPreviousPage hasNextPage\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Sellers($page: Int!, $search: String, $orderBy: SellerOrder, $filter: SellerFilter) {\n    sellers(page: $page, pageSize: 20, search: $search, orderBy: $orderBy, filter: $filter) {\n      items { id name customerDisplayId isActive }\n      page totalItems totalPages hasPreviousPage hasNextPage\n    }\n  }\n"): (typeof documents)["\n  query Sellers($page: Int!, $search: String, $orderBy: SellerOrder, $filter: SellerFilter) {\n    sellers(page: $page, pageSize: 20, search: $search, orderBy: $orderBy, filter: $filter) {\n      items { id name customerDisplayId isActive }\n      page totalItems totalPages hasPreviousPage hasNextPage\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Viewer { viewer { name } }"): (typeof documents)["query Viewer { viewer { name } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Upcoming($from: DateTime, $to: DateTime, $page: Int!, $orderBy: CatalogOrder) {\n    upcomingCatalogs(from: $from, to: $to, page: $page, pageSize: 12, orderBy: $orderBy) {\n      items { id title startDate sellers { id name } }\n      page totalItems totalPages hasPreviousPage hasNextPage\n    }\n  }\n"): (typeof documents)["\n  query Upcoming($from: DateTime, $to: DateTime, $page: Int!, $orderBy: CatalogOrder) {\n    upcomingCatalogs(from: $from, to: $to, page: $page, pageSize: 12, orderBy: $orderBy) {\n      items { id title startDate sellers { id name } }\n      page totalItems totalPages hasPreviousPage hasNextPage\n    }\n  }\n"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;