import { createChart } from './chart.js';
import { byId } from './element.js';
import { latency, percent, rate } from './words.js';

/** The four charts, which are updated together. */
export function createCharts() {
  const charts = [
    createChart(byId('chart-tiers'), {
      title: 'Hit rate by tier',
      unit: 'share of lookups',
      stacked: true,
      scale: 'share',
      words: percent,
      series: [
        { name: 'loaded', colour: '--orange', of: ({ miss }) => miss },
        { name: 'joined a load', colour: '--violet', of: ({ coalesced }) => coalesced },
        { name: 'Redis', colour: '--aqua', of: ({ redis }) => redis },
        { name: 'memory', colour: '--blue', of: ({ memory }) => memory },
      ],
    }),
    createChart(byId('chart-latency'), {
      title: 'Latency',
      unit: 'of GraphQL responses',
      scale: 'time',
      words: latency,
      series: [
        { name: 'p50', colour: '--low', of: ({ p50 }) => p50 },
        { name: 'p95', colour: '--middle', of: ({ p95 }) => p95 },
        { name: 'p99', colour: '--high', of: ({ p99 }) => p99 },
      ],
    }),
    createChart(byId('chart-requests'), {
      title: 'Requests',
      unit: 'per second, by outcome',
      stacked: true,
      scale: 'amount',
      words: rate,
      series: [
        { name: 'failed', colour: '--red', of: ({ requests }) => requests?.failed },
        { name: 'bypass', colour: '--violet', of: ({ requests }) => requests?.bypass },
        { name: 'miss', colour: '--orange', of: ({ requests }) => requests?.miss },
        { name: 'stale', colour: '--amber', of: ({ requests }) => requests?.stale },
        { name: 'hit', colour: '--blue', of: ({ requests }) => requests?.hit },
      ],
    }),
    createChart(byId('chart-upstream'), {
      title: 'Upstream calls',
      unit: 'per second',
      stacked: true,
      scale: 'amount',
      words: rate,
      series: [
        { name: 'saved', colour: '--aqua', of: ({ upstream }) => upstream?.saved },
        // At the bottom, where it starts from zero: there are hundreds of calls saved for each one made.
        { name: 'made', colour: '--orange', of: ({ upstream }) => upstream?.made },
      ],
    }),
  ];
  return {
    update(points) {
      for (const chart of charts) chart.update(points);
    },
  };
}
