/** The queries of readers, by kinds with a known cost at the source. */
export interface Question {
  readonly kind: Kind;
  readonly body: string;
}

export type Kind = 'page of sellers with their catalogs' | 'one seller' | 'catalogs of one seller';

export const SELLERS_A_PAGE = 25;
const CATALOG = 'id title startDate';
const DOCUMENTS: Readonly<Record<Kind, string>> = {
  'page of sellers with their catalogs': `query Page($page: Int!) { sellers(page: $page, pageSize: ${SELLERS_A_PAGE}) { totalItems items { id name futureCatalogs(pageSize: 5) { items { ${CATALOG} } } } } }`,
  'one seller': `query One($id: ID!) { seller(id: $id) { id name futureCatalogs { totalItems items { ${CATALOG} } } } }`,
  'catalogs of one seller': `query Catalogs($id: ID!) { futureCatalogs(sellerId: $id) { totalItems items { ${CATALOG} } } }`,
};

export const KINDS = Object.keys(DOCUMENTS) as readonly Kind[];

/** Half of all queries are for one seller and a third for pages, like users who open items of a list. */
export function drawKind(random: () => number): Kind {
  const drawn = random();
  if (drawn < 0.35) return 'page of sellers with their catalogs';
  return drawn < 0.85 ? 'one seller' : 'catalogs of one seller';
}

/** `place` is the position of the seller in the list: the first sellers are requested most. */
export function question(kind: Kind, place: number, sellerIds: readonly string[]): Question {
  const variables =
    kind === 'page of sellers with their catalogs'
      ? { page: Math.floor(place / SELLERS_A_PAGE) + 1 }
      : { id: sellerIds[place] };
  return { kind, body: JSON.stringify({ query: DOCUMENTS[kind], variables }) };
}

interface ShownCatalog {
  readonly id: string;
  readonly title: string | null;
}

/** Every catalog in a response, at any depth. */
export function catalogsIn(data: unknown): readonly ShownCatalog[] {
  if (typeof data !== 'object' || data === null) return [];
  if ('startDate' in data) return [data as unknown as ShownCatalog];
  return Object.values(data).flatMap(catalogsIn);
}
