import { atLeast } from '../../lib/figures.ts';
import { ratesChart, ratesTable, seriesOf, withServers } from '../comparison.ts';
import { ALL_PEERS, gateways, peers } from '../contenders.ts';
import { pageQuestion } from '../questions.ts';
import type { Scenario } from '../scenario.ts';
import { measure, ratio } from '../series.ts';

const TITLE = 'One hot response';

/** The same request repeatedly. */
export const hot: Scenario = async (surroundings) => {
  const { upstream, reference, writeWorld, tailcalls } = await surroundings.dataset();
  const answers = await reference([pageQuestion(1)]);
  const bytes = [...answers.values()].map(({ response }) => Buffer.byteLength(response));
  const contenders = [
    ...gateways(upstream.variables, surroundings),
    ...peers(writeWorld(answers.values()), ...ALL_PEERS),
    ...tailcalls,
  ];
  const measured = await withServers(contenders, surroundings, (targets) =>
    measure(targets, { answers, connections: 32 }, surroundings),
  );
  const ours = seriesOf(measured, 'catalog-gateway');
  const beside = (name: string) => ratio(ours, seriesOf(measured, name));
  return {
    title: TITLE,
    about: `A page of 25 sellers with 5 future catalogs each, ${bytes} bytes, over 32 connections.`,
    rows: ratesTable(measured, 'bare node:http'),
    figures: [
      atLeast('response-cache hit vs. bare node:http', 0.85, beside('bare node:http')),
      atLeast(
        'response-cache hit vs. stock Yoga with its response cache',
        12,
        beside('Yoga 5, response cache'),
      ),
    ],
    chart: ratesChart(TITLE, measured),
    data: Object.fromEntries(measured),
  };
};
