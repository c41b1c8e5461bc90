import { byId, element, table, write } from './element.js';
import { ago, timeOfDay } from './words.js';

/**
 * A table of things that happened, newest first, in the element of that id. `cellsOf` makes the cells of a row behind its
 * time. `none` is shown while there are none.
 */
export function createDatedTable(id, { caption, columns, none, cellsOf }) {
  const body = element('tbody');
  const shown = table(caption, ['When', ...columns], body);
  const empty = element('p', { className: 'empty' }, none);
  byId(id).append(empty, element('div', { className: 'scroll high' }, shown));
  let rows = [];
  let newest;

  return {
    update(items, now) {
      shown.hidden = items.length === 0;
      empty.hidden = items.length > 0;
      // Rows do not change later, except for how long ago they are.
      const identity = JSON.stringify(items[0] ?? null);
      if (identity !== newest || rows.length !== items.length) {
        newest = identity;
        rows = items.map(rowOf);
        body.replaceChildren(...rows.map(({ node }) => node));
      }
      for (const { at, when } of rows) write(when, ago(now - at));
    },
  };

  function rowOf(item) {
    const { at } = item;
    const when = element('time', { dateTime: new Date(at).toISOString(), title: timeOfDay(at) });
    return { at, when, node: element('tr', {}, element('td', {}, when), ...cellsOf(item)) };
  }
}
