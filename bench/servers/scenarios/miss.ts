import { atLeast } from '../../lib/figures.ts';
import { ratesChart, ratesTable, seriesOf, withServers } from '../comparison.ts';
import { gateways, peers, RESPONSE_CACHE_OFF } from '../contenders.ts';
import { thousandQuestions } from '../questions.ts';
import type { Scenario } from '../scenario.ts';
import { measure, ratio } from '../series.ts';

const TITLE = 'Every request executed';
const OURS = 'catalog-gateway, no response cache';

/** Only the repository's entries are cached: the cost of executing a request. */
export const miss: Scenario = async (surroundings) => {
  const { upstream, reference, writeWorld, tailcalls } = await surroundings.dataset();
  const answers = await reference(thousandQuestions(surroundings));
  const contenders = [
    ...gateways({ ...upstream.variables, ...RESPONSE_CACHE_OFF }, surroundings, OURS),
    ...peers(writeWorld(answers.values()), 'Yoga 5', 'Mercurius, JIT'),
    ...tailcalls,
  ];
  const measured = await withServers(contenders, surroundings, (targets) =>
    measure(targets, { answers, connections: 32 }, surroundings),
  );
  const ours = seriesOf(measured, OURS);
  const beside = (name: string) => ratio(ours, seriesOf(measured, name));
  return {
    title: TITLE,
    about:
      'The thousand pages one after the other, so that the variables change with each request. No response is cached; the gateway has its entries in memory, Tailcall has what it loaded from its upstream, the other servers have all data in memory. 32 connections.',
    rows: ratesTable(measured, 'Mercurius, JIT'),
    figures: [
      atLeast('repository-warm execution vs. Mercurius with its JIT', 1.5, beside('Mercurius, JIT')),
      atLeast('repository-warm execution vs. stock Yoga', 6, beside('Yoga 5')),
      ...tailcalls.map(({ name }) => atLeast(`repository-warm execution vs. ${name}`, 1, beside(name))),
    ],
    chart: ratesChart(TITLE, measured),
    data: Object.fromEntries(measured),
  };
};
