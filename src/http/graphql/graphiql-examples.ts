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
    query: `# What opens across all sellers, soonest first. For a week, give from and to in the variables below.
query Upcoming($from: DateTime, $to: DateTime) {
  upcomingCatalogs(from: $from, to: $to) {
    items { id title startDate endDate sellers { id name } }
    totalItems
  }
}
`,
    variables: variables({ from: null, to: null }),
  },
  {
    query: `# Sellers as a search box finds them: each word of the search begins a word of the name, or the number.
query FindSellers($search: String, $orderBy: SellerOrder) {
  sellers(search: $search, orderBy: $orderBy) {
    items { id name customerDisplayId isActive }
    totalItems
  }
}
`,
    variables: variables({ search: 'auk', orderBy: { field: 'NAME', direction: 'ASC' } }),
  },
  {
    query: `# The catalogs of a seller, searched and ordered.
query FindCatalogs($sellerId: ID!, $search: String, $orderBy: CatalogOrder) {
  catalogs(sellerId: $sellerId, search: $search, orderBy: $orderBy) {
    items { id title startDate endDate isCompleted agent }
    totalItems
  }
}
`,
    variables: variables({ sellerId: '5', search: 'wine', orderBy: { field: 'TITLE', direction: 'ASC' } }),
  },
  {
    query: `# One seller by the number that customers see.
query SellerByNumber($number: Int!) {
  seller(customerDisplayId: $number) {
    id
    name
    isActive
  }
}
`,
    variables: variables({ number: 52720 }),
  },
  {
    query: `# Several sellers, in the order of the ids. An unknown id is null.
query SellersById($ids: [ID!]!) {
  sellersById(ids: $ids) { id name }
}
`,
    variables: variables({ ids: ['5', '3'] }),
  },
  {
    query: `# The same as the query, and again whenever it changes. Run it, and stop it with the same button.
subscription LiveSellers {
  sellers(pageSize: 10) {
    items { id name }
    totalItems
  }
}
`,
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
