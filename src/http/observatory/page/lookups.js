import { byId, element, table, write } from './element.js';
import { lookupsBetween, shares, total } from './figures.js';
import { count, percent } from './words.js';

const PARTS = ['memory', 'redis', 'coalesced', 'miss'];

/** The shares of lookups that each tier answered, by kind. */
export function createLookups() {
  const body = element('tbody');
  const shown = table('Lookups by kind', ['Kind', 'Lookups', 'Found', 'Where'], body);
  const empty = element('p', { className: 'empty' }, 'No lookups yet.');
  byId('lookups').append(empty, element('div', { className: 'scroll' }, shown));
  const rows = new Map();
  return {
    update(first, last) {
      const kinds = Object.entries(lookupsBetween(first, last));
      shown.hidden = kinds.length === 0;
      empty.hidden = kinds.length > 0;
      for (const [kind, { memory, redis, coalesced, miss }] of kinds) {
        if (!rows.has(kind)) rows.set(kind, addRow(body, kind));
        rows.get(kind)({ memory, redis, coalesced, miss });
      }
    },
  };
}

function addRow(body, kind) {
  const number = element('td', { className: 'number' });
  const found = element('td', { className: 'number' });
  const parts = PARTS.map((name) => element('i', { className: name }));
  const bar = element('div', { className: 'parts', role: 'img' }, ...parts);
  body.append(
    element('tr', {}, element('th', { scope: 'row' }, kind), number, found, element('td', {}, bar)),
  );
  return (counts) => {
    const { memory, redis, coalesced, miss } = shares(counts);
    write(number, count(total(counts)));
    write(found, percent(memory === null ? null : memory + redis));
    for (const [at, share] of [memory, redis, coalesced, miss].entries())
      parts[at].style.flexGrow = share ?? 0;
    const told = [
      `memory ${percent(memory)}`,
      `Redis ${percent(redis)}`,
      `joined a load ${percent(coalesced)}`,
    ];
    bar.setAttribute('aria-label', `${told.join(', ')}, loaded ${percent(miss)}`);
  };
}
