import { byId } from './element.js';
import { differences, quantileBetween, total } from './figures.js';
import { createFigures } from './tiles.js';
import { count, latency, NOTHING, some } from './words.js';

const STORES = {
  up: ['Up', 'in Redis'],
  down: ['Down', 'Redis does not reply'],
  off: ['Memory', 'of this process'],
};

const FIGURES = [
  ['Sessions', sessions],
  ['Sign-ins', signIns],
  ['Refused requests', refusals],
  ['Over a limit', limits],
  ['Verification, p95', verification],
  ['Session store', store],
];

/** Who signed in and who was refused, at a gateway where clients sign in. */
export function createSignIn() {
  const figures = createFigures('sign-in-tiles', FIGURES);
  return {
    update(first, last) {
      byId('sign-in').hidden = !last.auth;
      if (last.auth) figures.update(first.auth ?? last.auth, last.auth);
    },
  };
}

function sessions(_, { sessions }) {
  if (!sessions) return [NOTHING, 'bearer tokens only'];
  const { known, pending } = sessions;
  return [count(known), pending > 0 ? `${some(pending, 'sign-out')} kept` : 'no sign-outs kept'];
}

function signIns(first, last) {
  const { accepted, rejected, limited, unavailable } = differences(first.signIns, last.signIns);
  return [count(accepted), `${count(rejected + limited)} rejected, ${count(unavailable)} not checked`];
}

function refusals(first, last) {
  const { unauthenticated, unavailable } = differences(first.refused, last.refused);
  const { rejected } = differences(first.tokens, last.tokens);
  const details = [`${some(rejected, 'invalid token')}`, `${count(unavailable)} not verified`];
  return [count(unauthenticated + unavailable), details.join(', ')];
}

function limits(first, last) {
  const requests = total(differences(first.limited, last.limited));
  const attempts = last.signIns.limited - first.signIns.limited;
  return [count(requests + attempts), `${some(requests, 'request')}, ${some(attempts, 'sign-in')}`];
}

function verification(first, last) {
  const [before, after] = [first, last].map(({ verificationDurations: durations }) => ({ durations }));
  const [median, high] = [0.5, 0.95].map((quantile) => quantileBetween(before, after, quantile));
  if (high === null) return [NOTHING, 'none in ten minutes'];
  const { grace } = differences(first.verifications, last.verifications);
  return [latency(high), `p50 ${latency(median)}, ${count(grace)} by grace`];
}

function store(_, { sessions, store, evictable, keySet }) {
  const [figure, place] = sessions || store !== 'off' ? STORES[store] : [NOTHING, 'bearer tokens only'];
  const details = [place];
  if (evictable) details.push('may evict sessions');
  if (keySet === 'up') details.push('key set fetched');
  if (keySet === 'down') details.push('key set not fetched');
  return [figure, details.join(', '), store === 'down' ? 'bad' : 'idle'];
}
