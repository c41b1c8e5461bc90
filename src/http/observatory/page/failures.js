import { byId, element, table, write } from './element.js';
import { ago, NOTHING, timeOfDay } from './words.js';

/** The latest failed requests, so that a count of failures leads to what failed. */
export function createFailures() {
  const body = element('tbody');
  const shown = table('Failed requests', ['When', 'Operation', 'Codes', 'Client', 'Request'], body);
  const empty = element('p', { className: 'empty' }, 'No request has failed since this process started.');
  byId('failed').append(empty, element('div', { className: 'scroll high' }, shown));
  let rows = [];
  let newest;

  return {
    update(failures, now) {
      shown.hidden = failures.length === 0;
      empty.hidden = failures.length > 0;
      // Rows do not change later, except for how long ago they are.
      const identity = JSON.stringify(failures[0] ?? null);
      if (identity !== newest || rows.length !== failures.length) {
        newest = identity;
        rows = failures.map(rowOf);
        body.replaceChildren(...rows.map(({ node }) => node));
      }
      for (const { at, when } of rows) write(when, ago(now - at));
    },
  };
}

function rowOf({ at, requestId, operation, status, codes, client }) {
  const when = element('time', { dateTime: new Date(at).toISOString(), title: timeOfDay(at) });
  const node = element(
    'tr',
    {},
    element('td', {}, when),
    element('td', {}, operation ?? 'anonymous'),
    element(
      'td',
      { className: 'tags', title: `status ${status}` },
      ...codes.map((code) => element('code', { className: 'tag' }, code)),
    ),
    element('td', {}, client ?? NOTHING),
    element('td', {}, element('code', {}, requestId)),
  );
  return { node, at, when };
}
