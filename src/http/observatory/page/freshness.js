import { element, write } from './element.js';
import { span } from './words.js';

// The share of the bar for the fresh part. The stale part usually lasts many times as long.
const FRESH_SHARE = 0.6;

/** A bar with the lifetime of an entry, from its load until it is dead, filled up to now, with the same in words. */
export function createFreshness() {
  const now = element('i', { className: 'now' });
  const bar = element('span', { className: 'freshness', 'aria-hidden': 'true' }, now);
  const text = element('span', { className: 'in-words' });
  return {
    node: element('div', { className: 'life' }, bar, text),
    update(held) {
      bar.hidden = held === null;
      write(text, held ? lifeInWords(held) : 'not in memory');
      if (!held) return;
      bar.dataset.state = held.state;
      bar.style.setProperty('--fresh', `${FRESH_SHARE * 100}%`);
      bar.style.setProperty('--now', `${100 * positionOf(held)}%`);
    },
  };
}

/** Where now is, from 0 to 1. */
function positionOf({ ageMs, freshForMs, staleForMs }) {
  if (freshForMs > 0) return FRESH_SHARE * partOf(ageMs, freshForMs);
  if (staleForMs <= 0) return 1;
  return FRESH_SHARE + (1 - FRESH_SHARE) * partOf(-freshForMs, staleForMs);
}

function partOf(past, left) {
  return past <= 0 ? 0 : past / (past + left);
}

function lifeInWords({ state, ageMs, freshForMs, staleForMs }) {
  const age = `${span(ageMs)} old`;
  if (state === 'fresh') return `${age}, fresh for ${span(freshForMs)}`;
  if (state === 'stale') return `${age}, stale for ${span(-freshForMs)}, dead in ${span(staleForMs)}`;
  return `${age}, dead for ${span(-staleForMs)}`;
}
