import { createRandom, drawByZipf } from '../../lib/random.ts';
import { ratesChart, ratesTable, withServers } from '../comparison.ts';
import { ALL_PEERS, gateways, peers } from '../contenders.ts';
import { thousandQuestions } from '../questions.ts';
import type { Scenario } from '../scenario.ts';
import { measure } from '../series.ts';

const TITLE = "1,000 responses by Zipf's law";
const DRAWS = 50_000;

/** Many distinct requests, a few of them frequent. */
export const zipf: Scenario = async (surroundings) => {
  const { upstream, reference, writeWorld, tailcalls } = await surroundings.dataset();
  const answers = await reference(thousandQuestions(surroundings));
  const order = drawByZipf(answers.size, DRAWS, createRandom(2));
  const contenders = [
    ...gateways(upstream.variables, surroundings),
    ...peers(writeWorld(answers.values()), ...ALL_PEERS),
    ...tailcalls,
  ];
  const measured = await withServers(contenders, surroundings, (targets) =>
    measure(targets, { answers, order, connections: 32 }, surroundings),
  );
  return {
    title: TITLE,
    about:
      'Pages of 20 to 30 sellers with up to 6 future catalogs each, a thousand different ones; the n-th is requested 1/n as often as the first. 32 connections.',
    rows: ratesTable(measured, 'bare node:http'),
    figures: [],
    chart: ratesChart(TITLE, measured),
    data: Object.fromEntries(measured),
  };
};
