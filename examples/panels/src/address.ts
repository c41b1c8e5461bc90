import { useSyncExternalStore } from 'react';

export const listenTo = (event: string) => (listener: () => void) => {
  addEventListener(event, listener);
  return () => removeEventListener(event, listener);
};
const onMove = listenTo('popstate');

/** The state of the page, which is the query of its address. It survives a reload and can be shared. */
export function useAddress(): URLSearchParams {
  return new URLSearchParams(useSyncExternalStore(onMove, () => location.search));
}

/** The address with these values; an empty value is removed. */
export function hrefOf(changes: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) value ? query.set(name, value) : query.delete(name);
  return `${location.pathname}?${query}`;
}

/** Goes to that address. Consecutive changes by typing into one field are one step of the history. */
export function go(changes: Readonly<Record<string, string>>, field: string | null = null): void {
  const sameField = field !== null && history.state === field;
  history[sameField ? 'replaceState' : 'pushState'](field, '', hrefOf(changes));
  dispatchEvent(new PopStateEvent('popstate'));
}

export type ListState = ReturnType<typeof stateOf>;

/** Search, order and page of one list. Its `sort` is a name in `fields`, after a minus if descending. */
export function stateOf<F extends string>(address: URLSearchParams, name: string, fields: Record<string, F>) {
  const text = address.get(`${name}.search`) ?? '';
  const sort = address.get(`${name}.sort`) ?? '';
  const field = fields[sort.replace('-', '')];
  const direction: 'ASC' | 'DESC' = sort.startsWith('-') ? 'DESC' : 'ASC';
  const page = Math.max(1, Number.parseInt(address.get(`${name}.page`) ?? '', 10) || 1);
  // The gateway refuses a search without a letter or digit.
  const search = /[\p{L}\p{N}]/u.test(text) ? text : null;
  return { name, text, sort, variables: { page, search, orderBy: field ? { field, direction } : null } };
}
