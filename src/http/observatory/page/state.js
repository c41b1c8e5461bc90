import { byId, element, write } from './element.js';
import { ago, bytes, count, latency, NOTHING, some, span } from './words.js';

const REDIS = {
  up: ['good', 'Redis is up'],
  down: ['bad', 'Redis is down'],
  off: ['idle', 'No Redis'],
};

const FACTS = [
  ['Last poll', poll],
  ['Last signals', signals],
  ['Warm-up', warmUp],
  ['Fills', ({ fills, fillsDiscarded }) => `${count(fills)}, ${count(fillsDiscarded)} discarded`],
  [
    'Upstream',
    ({ upstream }) => `${count(upstream.failures)} failed, ${some(upstream.retries, 'retry', 'retries')}`,
  ],
  ['Event loop', ({ process }) => `${latency(process.eventLoopLagSeconds)} average delay`],
  ['Memory', ({ process }) => `${bytes(process.residentBytes)}, heap ${bytes(process.heapBytes)}`],
];

/** The lights at the top of the page, and the state of the process. */
export function createState() {
  const facts = FACTS.map(([name, tell]) => {
    const value = element('dd', {}, NOTHING);
    byId('state').append(element('dt', {}, name), value);
    return { value, tell };
  });
  return {
    update(observation) {
      light('light-redis', ...REDIS[observation.redis]);
      const open = observation.breakersOpen;
      if (open > 0) light('light-breakers', 'bad', `${some(open, 'breaker')} open`);
      else light('light-breakers', observation.redis === 'off' ? 'idle' : 'good', 'Breakers closed');
      write(byId('version'), observation.version ?? '');
      write(byId('uptime'), `up ${span(observation.at - observation.startedAt)}`);
      for (const { value, tell } of facts) write(value, tell(observation));
    },
  };
}

function light(id, level, text) {
  const node = byId(id);
  node.dataset.level = level;
  write(node, text);
}

function poll({ at, polls: { last, failed } }) {
  const failures = failed > 0 ? `, ${count(failed)} failed` : '';
  return last
    ? `${ago(at - last.at)}, ${some(last.changes, 'change')}${failures}`
    : `none by this process${failures}`;
}

function signals({ at, signals: { last } }) {
  return last ? `${ago(at - last.at)}, ${some(last.taken, 'signal')} accepted` : 'none yet';
}

function warmUp({ at, warmUp: last }) {
  if (!last) return 'none yet';
  const done = `${count(last.sellers)} of ${some(last.total, 'seller')}`;
  return last.state === 'under-way' ? `in progress, ${done}` : `${last.state} ${ago(at - last.at)}, ${done}`;
}
