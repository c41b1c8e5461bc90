import { createDatedTable } from './dated-table.js';
import { element } from './element.js';
import { NOTHING } from './words.js';

/** The latest failed requests, to which the count of failures links. */
export function createFailures() {
  return createDatedTable('failed', {
    caption: 'Failed requests',
    columns: ['Operation', 'Codes', 'Client', 'Request'],
    none: 'No request has failed since this process started.',
    cellsOf,
  });
}

function cellsOf({ requestId, operation, status, codes, client }) {
  const tags = codes.map((code) => element('code', { className: 'tag' }, code));
  return [
    element('td', {}, operation ?? 'anonymous'),
    element('td', { className: 'tags', title: `status ${status}` }, ...tags),
    element('td', {}, client ?? NOTHING),
    element('td', {}, element('code', {}, requestId)),
  ];
}
