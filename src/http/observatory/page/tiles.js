import { byId, element, write } from './element.js';
import { quantileBetween, requestsBetween, shares, tiersBetween, total, upstreamBetween } from './figures.js';
import { bytes, count, latency, NOTHING, percent, rate, some, span } from './words.js';

const TILES = [
  ['Hit rate', hitRate],
  ['Requests a second', requests],
  ['Latency, p95', p95],
  ['Upstream calls saved', saved],
  ['Stale responses', stale],
  ['Cached in memory', held],
];

/** The figures at the top. */
export function createTiles() {
  return createFigures('tiles', TILES);
}

/**
 * Figures in the list with that id: each is large, with a line of detail. Each function gets the first and the last
 * observation of the window, and the last point of the charts. It returns the figure, the detail and the level.
 */
export function createFigures(id, figures) {
  const shown = figures.map(([name, figureOf]) => {
    const value = element('dd', { className: 'figure' }, NOTHING);
    const detail = element('dd', { className: 'detail' }, 'no figures yet');
    byId(id).append(element('div', { className: 'panel' }, element('dt', {}, name), value, detail));
    return { value, detail, figureOf };
  });
  return {
    update(first, last, point) {
      for (const { value, detail, figureOf } of shown) {
        const [figure, made, level = 'idle'] = figureOf(first, last, point);
        write(value, figure);
        value.dataset.level = level;
        writeDetail(detail, made);
      }
    },
  };
}

/** A text, or a link to the part of the page that explains the figure. */
function writeDetail(node, detail) {
  if (typeof detail === 'string') return write(node, detail);
  const link = node.querySelector('a') ?? element('a', { href: detail.href });
  write(link, detail.text);
  if (!link.isConnected) node.replaceChildren(link);
}

function hitRate(first, last) {
  const { memory, redis } = shares(tiersBetween(first, last));
  if (memory === null) return [NOTHING, 'no lookups yet'];
  return [percent(memory + redis), `memory ${percent(memory)}, Redis ${percent(redis)}`];
}

function requests(first, last, point) {
  const { failed } = requestsBetween(first, last);
  const { page, ...outcomes } = last.requests;
  const now = point?.requests ? total(point.requests) : null;
  if (failed > 0) return [rate(now), { text: `${count(failed)} failed in ten minutes`, href: '#failures' }];
  return [rate(now), `${count(total(outcomes))} since start, none failed in ten minutes`];
}

function p95(first, last) {
  const [median, high, highest] = [0.5, 0.95, 0.99].map((quantile) => quantileBetween(first, last, quantile));
  if (high === null) return [NOTHING, 'no responses yet'];
  return [latency(high), `p50 ${latency(median)}, p99 ${latency(highest)}`];
}

function saved(first, last) {
  const lately = shares(upstreamBetween(first, last));
  const { avoided, calls } = last.upstream;
  return [percent(lately.saved), `since start ${count(avoided)} saved, ${count(calls)} made`];
}

function stale(first, last) {
  const { served, oldestSeconds } = last.stale;
  const lately = served - first.stale.served;
  if (lately === 0) return [count(0), 'none in ten minutes'];
  const oldest = `up to ${span(oldestSeconds * 1000)} past freshness in the last minute`;
  return [count(lately), oldestSeconds > 0 ? oldest : 'none in the last minute'];
}

function held(_, { held: { entryBytes, answerBytes, entries, answers } }) {
  const inEntries = `${some(entries, 'entry', 'entries')} ${bytes(entryBytes)}`;
  return [
    bytes(entryBytes + answerBytes),
    `${inEntries}, ${some(answers, 'response')} ${bytes(answerBytes)}`,
  ];
}
