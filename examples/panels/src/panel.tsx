import type { KeyboardEvent, ReactNode } from 'react';
import { go, type ListState } from './address.ts';
import { Button } from './cells.tsx';
import type { SellersQuery } from './gql/graphql.ts';
import { useMarks } from './marks.ts';
import type { useShown } from './shown.ts';

interface PanelProps<Row> {
  readonly state: ListState;
  readonly title: string;
  readonly tools: ReactNode;
  readonly shown: Omit<ReturnType<typeof useShown>, 'data'>;
  readonly list: (Omit<SellersQuery['sellers'], 'items'> & { items: readonly Row[] }) | null | undefined;
  /** `sort` is the column's name in the address; none if the list has no such order. */
  readonly columns: readonly { title: string; sort?: string; cell(row: NoInfer<Row>): ReactNode }[];
  readonly chosen?: string | null;
}

/** A list with its tools, table and pages. Says what is loading, missing or failed. */
export function Panel<Row extends { readonly id: string }>(props: PanelProps<Row>) {
  const { state, title, tools, shown, list, columns, chosen } = props;
  const { name } = state;
  const { body, changed } = useMarks(list ? shown.key : undefined);
  const turnTo = (page: number) => go({ [`${name}.page`]: String(Math.min(page, list?.totalPages ?? 1)) });
  return (
    <section className="panel" id={name} aria-labelledby={`${name}-title`} aria-busy={shown.loading}>
      <header>
        <h2 id={`${name}-title`}>{title}</h2>
        <p role="status">{list ? `${list.totalItems} found` : shown.loading && 'Loading…'}</p>
        <p className={shown.isLive ? 'live' : 'miss'} role="status">
          {shown.isLive ? 'live' : 'not live'}
          {changed && `. ${changed}`}
        </p>
      </header>
      <div className="tools">{tools}</div>
      {shown.errors.length > 0 && (
        <p role="alert">
          {list && 'Not everything here is complete and up to date. '}
          {shown.errors.join(' ')} <Button label="Try again" onClick={shown.retry} />
        </p>
      )}
      <table aria-labelledby={`${name}-title`}>
        <thead>
          <tr>
            {columns.map(({ title, sort }) => (
              <th key={title} scope="col" aria-sort={directionOf(sort)}>
                {sort ? <Button label={title} onClick={() => sortBy(sort)} /> : title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body} onKeyDown={moveFocus}>
          {list?.items.map((row) => (
            <tr key={row.id} data-id={row.id} aria-current={row.id === chosen || undefined}>
              {columns.map(({ title, cell }) => (
                <td key={title}>{cell(row)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {list?.items.length === 0 && <p className="empty">{list.totalItems ? 'No such page' : 'None found'}</p>}
      {list && (list.hasPreviousPage || list.hasNextPage) && (
        <nav aria-label={`Pages of ${name}`}>
          <Button label="Previous" disabled={!list.hasPreviousPage} onClick={() => turnTo(list.page - 1)} />
          Page {list.page} of {list.totalPages}
          <Button label="Next" disabled={!list.hasNextPage} onClick={() => turnTo(list.page + 1)} />
        </nav>
      )}
    </section>
  );

  function directionOf(sort: string | undefined): 'ascending' | 'descending' | 'none' | undefined {
    if (state.sort === `-${sort}`) return 'descending';
    return (sort && (state.sort === sort ? 'ascending' : 'none')) || undefined;
  }

  /** Ascending first, then descending, then the order of the list. */
  function sortBy(sort: string): void {
    const next = { [sort]: `-${sort}`, [`-${sort}`]: '' }[state.sort] ?? sort;
    go({ [`${name}.sort`]: next, [`${name}.page`]: '' });
  }
}

/** Moves the focus between the links of a table. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const links = [...event.currentTarget.querySelectorAll('a')];
  const at = links.indexOf(document.activeElement as HTMLAnchorElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
  if (at < 0 || to === undefined) return;
  event.preventDefault();
  links[to]?.focus();
}
