import { useState } from 'react';
import { go, stateOf } from './address.ts';
import { Mark, SellerLink } from './cells.tsx';
import { graphql } from './gql/index.ts';
import { Panel } from './panel.tsx';
import { Search } from './search.tsx';
import { useShown } from './shown.ts';

const SELLERS = graphql(`
  query Sellers($page: Int!, $search: String, $orderBy: SellerOrder, $filter: SellerFilter) {
    sellers(page: $page, pageSize: 20, search: $search, orderBy: $orderBy, filter: $filter) {
      items { id name customerDisplayId isActive }
      page totalItems totalPages hasPreviousPage hasNextPage
    }
  }
`);

export function Sellers({ address }: { readonly address: URLSearchParams }) {
  const state = stateOf(address, 'sellers', { name: 'NAME', number: 'CUSTOMER_DISPLAY_ID', id: 'ID' });
  const active = address.has('active');
  const variables = { ...state.variables, filter: active ? { isActive: true } : null };
  const shown = useShown(SELLERS, variables);
  const list = shown.data?.sellers;
  const chosen = address.get('seller');
  const [focused, setFocused] = useState<string>();
  // The rows are one stop of the Tab key; the arrow keys move between them.
  const stop = [focused, chosen, list?.items[0]?.id].find((id) => list?.items.some((row) => row.id === id));
  const toggle = () => go({ active: active ? '' : 'true', 'sellers.page': '' });
  const tools = (
    <>
      <Search state={state} />
      <label>
        <input type="checkbox" checked={active} onChange={toggle} /> Active only
      </label>
    </>
  );
  const nameOf = (row: { id: string; name: string | null }) => (
    <SellerLink seller={row} tabIndex={row.id === stop ? 0 : -1} onFocus={() => setFocused(row.id)} />
  );
  return (
    <Panel
      {...{ state, title: 'Sellers', tools, shown, list, chosen }}
      columns={[
        { title: 'Name', sort: 'name', cell: nameOf },
        { title: 'Number', sort: 'number', cell: (row) => row.customerDisplayId },
        { title: 'Id', sort: 'id', cell: (row) => row.id },
        { title: 'Active', cell: (row) => <Mark of={row.isActive} /> },
      ]}
    />
  );
}
