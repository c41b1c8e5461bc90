import { stateOf } from './address.ts';
import { Mark, Moment } from './cells.tsx';
import { graphql } from './gql/index.ts';
import { Panel } from './panel.tsx';
import { Search } from './search.tsx';
import { useShown } from './shown.ts';

const CATALOGS = graphql(`
  query Catalogs($id: ID!, $page: Int!, $search: String, $orderBy: CatalogOrder) {
    seller(id: $id) {
      id
      name
      catalogs(page: $page, pageSize: 20, search: $search, orderBy: $orderBy) {
        items { id title agent startDate endDate isCompleted }
        page totalItems totalPages hasPreviousPage hasNextPage
      }
    }
  }
`);

/** The catalogs of one seller. If they could not be loaded, the seller is still known. */
export function Catalogs({ address, id }: { readonly address: URLSearchParams; readonly id: string }) {
  const state = stateOf(address, 'catalogs', { title: 'TITLE', opens: 'START_DATE', closes: 'END_DATE' });
  const shown = useShown(CATALOGS, { ...state.variables, id });
  const seller = shown.data?.seller;
  const title = seller === null ? 'Unknown seller' : (seller?.name ?? `Seller ${id}`);
  return (
    <Panel
      {...{ state, title, tools: <Search state={state} />, shown, list: seller?.catalogs }}
      columns={[
        { title: 'Title', sort: 'title', cell: (row) => row.title ?? 'Untitled' },
        { title: 'Agent', cell: (row) => row.agent },
        { title: 'Opens', sort: 'opens', cell: (row) => <Moment at={row.startDate} /> },
        { title: 'Closes', sort: 'closes', cell: (row) => <Moment at={row.endDate} /> },
        { title: 'Completed', cell: (row) => <Mark of={row.isCompleted} /> },
      ]}
    />
  );
}
