import { byId, element, table, write } from './element.js';
import { ago, count, latency, NOTHING, some, timeOfDay } from './words.js';

const TAGS_SHOWN = 4;

/** The last invalidations, with what they hit. */
export function createInvalidations() {
  const body = element('tbody');
  const shown = table('Last invalidations', ['When', 'By', 'Tags', 'Hit', 'Took'], body);
  const empty = element(
    'p',
    { className: 'empty' },
    'Nothing was invalidated since this process started. Invalidate a key here, or send a change signal.',
  );
  byId('invalidations').append(empty, element('div', { className: 'scroll' }, shown));
  let rows = [];
  let newest;

  return {
    update(invalidations, now) {
      shown.hidden = invalidations.length === 0;
      empty.hidden = invalidations.length > 0;
      // Rows of what has been do not change; only how long ago it was does.
      const identity = JSON.stringify(invalidations[0] ?? null);
      if (identity !== newest || rows.length !== invalidations.length) {
        newest = identity;
        rows = invalidations.map(rowOf);
        body.replaceChildren(...rows.map(({ node }) => node));
      }
      for (const { at, when } of rows) write(when, ago(now - at));
    },
  };
}

function rowOf({ at, source, tags, tagCount, known, acknowledged, durationMs }) {
  const when = element('time', { dateTime: new Date(at).toISOString(), title: timeOfDay(at) });
  const listed = tags.slice(0, TAGS_SHOWN).map((tag) => element('code', { className: 'tag' }, tag));
  const more = tagCount - listed.length;
  const node = element(
    'tr',
    {},
    element('td', {}, when),
    element('td', {}, source),
    element('td', { className: 'tags' }, ...listed, more > 0 ? ` and ${some(more, 'more', 'more')}` : ''),
    element(
      'td',
      {},
      acknowledged ? hitOf(known, tagCount) : element('b', { className: 'bad' }, 'not acknowledged'),
    ),
    element('td', { className: 'number' }, durationMs === null ? NOTHING : latency(durationMs / 1000)),
  );
  return { node, at, when };
}

function hitOf(known, tagCount) {
  return known === null ? NOTHING : `${count(known)} of ${some(tagCount, 'tag')}`;
}
