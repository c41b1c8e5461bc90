import { byId, element, table, write } from './element.js';
import { createFreshness } from './freshness.js';
import { bytes, NOTHING, rate } from './words.js';

/** The most requested keys, with their entries in memory. `onChoose` gets the key to inspect. */
export function createHottest(onChoose) {
  const body = element('tbody');
  const shown = table('Hottest keys', ['Key', 'Reads', 'Freshness', 'Size'], body);
  const empty = element(
    'p',
    { className: 'empty' },
    'No keys requested recently. The most requested keys appear here.',
  );
  byId('hottest').append(empty, element('div', { className: 'scroll high' }, shown));
  const rows = new Map();

  return {
    update(hottest) {
      shown.hidden = hottest.length === 0;
      empty.hidden = hottest.length > 0;
      const keys = hottest.map(({ key }) => key);
      for (const key of rows.keys()) if (!keys.includes(key)) removeRow(key);
      for (const hot of hottest) {
        if (!rows.has(hot.key)) addRow(hot.key);
        rows.get(hot.key).update(hot, hottest[0].reads);
      }
      // A row does not move while the pointer or the focus is on the table.
      if (!body.matches(':hover, :focus-within')) order(keys);
      offer(keys);
    },
  };

  function addRow(key) {
    const row = rowOf(key, onChoose);
    rows.set(key, row);
    body.append(row.node);
  }

  function removeRow(key) {
    rows.get(key).node.remove();
    rows.delete(key);
  }

  function order(keys) {
    const nodes = keys.map((key) => rows.get(key).node);
    if (nodes.some((node, at) => body.children[at] !== node)) body.append(...nodes);
  }
}

function rowOf(key, onChoose) {
  const choose = element(
    'button',
    { type: 'button', className: 'link', title: 'Inspect this key' },
    nameOf(key),
  );
  choose.addEventListener('click', () => onChoose(nameOf(key)));
  const number = element('span');
  const share = element('i', { className: 'share', 'aria-hidden': 'true' });
  const size = element('td', { className: 'number' });
  const freshness = createFreshness();
  const node = element(
    'tr',
    {},
    element('th', { scope: 'row' }, choose),
    element('td', { className: 'number reads' }, number, share),
    element('td', {}, freshness.node),
    size,
  );
  return {
    node,
    update({ reads, memory }, most) {
      write(number, rate(reads));
      share.style.width = `${(100 * reads) / Math.max(most, 1)}%`;
      freshness.update(memory);
      write(size, memory ? bytes(memory.bytes) : NOTHING);
    },
  };
}

/** The name in the braces. The part before it is the same for all keys. */
function nameOf(key) {
  return /\{(.*)\}/.exec(key)?.[1] ?? key;
}

/** Suggests the keys in the input of the inspector. */
function offer(keys) {
  const list = byId('known-keys');
  const names = keys.map(nameOf);
  if (names.length === list.children.length && names.every((name, at) => list.children[at].value === name))
    return;
  list.replaceChildren(...names.map((value) => element('option', { value })));
}
