import type { ChangeEvent } from 'react';
import { go, stateOf } from './address.ts';
import { Button, Moment, SellerLink } from './cells.tsx';
import type { UpcomingQuery } from './gql/graphql.ts';
import { graphql } from './gql/index.ts';
import { Panel } from './panel.tsx';
import { instantsOf, RANGES } from './range.ts';
import { useShown } from './shown.ts';

const UPCOMING = graphql(`
  query Upcoming($from: DateTime, $to: DateTime, $page: Int!, $orderBy: CatalogOrder) {
    upcomingCatalogs(from: $from, to: $to, page: $page, pageSize: 12, orderBy: $orderBy) {
      items { id title startDate sellers { id name } }
      page totalItems totalPages hasPreviousPage hasNextPage
    }
  }
`);

/** What opens when, across all sellers. */
export function Upcoming({ address }: { readonly address: URLSearchParams }) {
  const state = stateOf(address, 'upcoming', { opens: 'START_DATE', title: 'TITLE' });
  const { page, orderBy } = state.variables;
  const variables = { ...instantsOf(address), page, orderBy };
  const shown = useShown(UPCOMING, variables);
  const range = address.get('range') ?? 'week';
  const choose = (to: string) => go({ range: to, from: '', to: '', 'upcoming.page': '' });
  const tools = (
    <>
      <fieldset aria-label="Range">
        {Object.entries(RANGES).map(([value, label]) => (
          <Button key={value} label={label} aria-pressed={value === range} onClick={() => choose(value)} />
        ))}
      </fieldset>
      {range === 'custom' &&
        ['from', 'to'].map((end) => (
          <label key={end}>
            {end} <input type="date" value={address.get(end) ?? ''} onChange={chooseDay(end)} />
          </label>
        ))}
    </>
  );
  return (
    <Panel
      {...{ state, title: 'Opening soon', tools, shown, list: shown.data?.upcomingCatalogs }}
      columns={[
        { title: 'Catalog', sort: 'title', cell: titleOf },
        { title: 'Opens', sort: 'opens', cell: (row) => <Moment at={row.startDate} withTime /> },
      ]}
    />
  );
}

const titleOf = ({ title, sellers }: UpcomingQuery['upcomingCatalogs']['items'][number]) => (
  <>
    {title ?? 'Untitled'}
    <div className="no">
      {sellers?.map((seller, at) => [at > 0 && ', ', <SellerLink key={seller.id} seller={seller} />]) ??
        'Sellers unknown'}
    </div>
  </>
);

const chooseDay = (end: string) => (event: ChangeEvent<HTMLInputElement>) =>
  go({ [end]: event.target.value, 'upcoming.page': '' }, end);
