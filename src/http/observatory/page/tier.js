import { element } from './element.js';
import { createFreshness } from './freshness.js';
import { bytes, span } from './words.js';

/** The entry in one tier, or `absence` if there is none. */
export function tier(name, held, absence) {
  const heading = element('h3', {}, name);
  if (!held)
    return element('div', { className: 'tier' }, heading, element('p', { className: 'empty' }, absence));
  const freshness = createFreshness();
  freshness.update(held);
  const state = element('span', { className: 'badge' }, held.state);
  state.dataset.state = held.state;
  heading.append(' ', state);
  return element(
    'div',
    { className: 'tier' },
    heading,
    freshness.node,
    element(
      'dl',
      { className: 'facts' },
      ...fact('Load took', span(held.loadMs)),
      ...fact('Size', bytes(held.bytes)),
      ...fact('Tags', element('ul', { className: 'plain' }, ...held.tags.map(tagLine))),
    ),
  );
}

function fact(name, value) {
  return [element('dt', {}, name), element('dd', {}, value)];
}

function tagLine({ tag, current }) {
  const mark = element('span', { className: current ? 'good' : 'bad' }, current ? 'current' : 'not current');
  return element('li', {}, element('code', { className: 'tag' }, tag), ' ', mark);
}
