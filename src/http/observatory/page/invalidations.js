import { createDatedTable } from './dated-table.js';
import { element } from './element.js';
import { count, latency, NOTHING, some } from './words.js';

const TAGS_SHOWN = 4;

/** The latest invalidations, with what they hit. */
export function createInvalidations() {
  return createDatedTable('invalidations', {
    caption: 'Latest invalidations',
    columns: ['By', 'Tags', 'Hit', 'Took'],
    none: 'No invalidations since this process started. Invalidate a tag here, or send a change signal.',
    cellsOf,
  });
}

function cellsOf({ source, tags, tagCount, known, acknowledged, durationMs }) {
  const listed = tags.slice(0, TAGS_SHOWN).map((tag) => element('code', { className: 'tag' }, tag));
  const more = tagCount - listed.length;
  const hit = acknowledged ? hitOf(known, tagCount) : element('b', { className: 'bad' }, 'not acknowledged');
  return [
    element('td', {}, source),
    element('td', { className: 'tags' }, ...listed, more > 0 ? ` and ${some(more, 'more', 'more')}` : ''),
    element('td', {}, hit),
    element('td', { className: 'number' }, durationMs === null ? NOTHING : latency(durationMs / 1000)),
  ];
}

function hitOf(known, tagCount) {
  return known === null ? NOTHING : `${count(known)} of ${some(tagCount, 'tag')}`;
}
