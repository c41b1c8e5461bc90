import { rateSpread, times } from '../../lib/units.ts';
import { seriesOf, withServers } from '../comparison.ts';
import { gateway, peers } from '../contenders.ts';
import { pageQuestion } from '../questions.ts';
import type { Scenario } from '../scenario.ts';
import { measure, rates, ratio, type Series } from '../series.ts';

const CONNECTIONS = [1, 32, 256];
const BASE = 'bare node:http';

/** The hot response for one client, for some and for many. */
export const connections: Scenario = async (surroundings) => {
  const { upstream, reference, writeWorld } = await surroundings.dataset();
  const answers = await reference([pageQuestion(1)]);
  const contenders = [
    gateway(upstream.variables),
    ...peers(writeWorld(answers.values()), BASE, 'Yoga 5, response cache'),
  ];
  const measured = await withServers(contenders, surroundings, async (targets) => {
    const byCount = new Map<number, ReadonlyMap<string, Series>>();
    for (const count of CONNECTIONS) {
      byCount.set(count, await measure(targets, { answers, connections: count }, surroundings));
    }
    return byCount;
  });
  return {
    title: 'Connections',
    about: 'The hot response over 1, 32 and 256 persistent connections.',
    rows: [
      ['', ...CONNECTIONS.flatMap((count) => [`${count}: requests/s`, `ratio to ${BASE}`])],
      ...contenders.map(({ name }) => [
        name,
        ...[...measured.values()].flatMap((each) => [
          rateSpread(rates(seriesOf(each, name))),
          times(ratio(seriesOf(each, name), seriesOf(each, BASE)).median),
        ]),
      ]),
    ],
    figures: [],
    data: Object.fromEntries([...measured].map(([count, each]) => [count, Object.fromEntries(each)])),
  };
};
