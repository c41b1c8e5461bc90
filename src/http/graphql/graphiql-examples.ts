/** A tab of GraphiQL. Its title is the name of the operation. */
interface Example {
  readonly query: string;
  /** JSON. */
  readonly variables?: string;
}

/** Each can be run as it comes: its variables name what the sandbox has by default. */
export const EXAMPLES: Example[] = [
  {
    query: `# Sellers, page by page. Press Ctrl-Enter to run it.
# The book icon lists all types and fields. docs/graphql.md in the repository has pages, errors and limits.
query Sellers($page: Int! = 1) {
  sellers(page: $page, pageSize: 10) {
    items { id name customerDisplayId }
    page
    totalPages
    totalItems
    hasNextPage
  }
}
`,
  },
  {
    query: `# A page of sellers, each with its future auctions.
query SellersWithFutureCatalogs {
  sellers(pageSize: 25) {
    items {
      id
      name
      futureCatalogs(pageSize: 5) {
        items { id title startDate }
        totalItems
      }
    }
    totalItems
  }
}
`,
  },
  {
    query: `# One seller. To see another, change the id in the variables below.
query Seller($id: ID!) {
  seller(id: $id) {
    name
    futureCatalogs { items { id title startDate } totalItems }
    catalogs(pageSize: 5) { items { id title startDate } totalItems }
  }
}
`,
    variables: variables({ id: '5' }),
  },
  {
    query: `# The catalog service applies the filter; by default the result is not cached.
query ActiveSellers($filter: SellerFilter = { isActive: true }) {
  sellers(filter: $filter) {
    items { id name }
    totalItems
  }
}
`,
  },
];

function variables(values: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(values, null, 2);
}
