import { ratesTable, withServers } from '../comparison.ts';
import { gateways, peers, RESPONSE_CACHE_OFF } from '../contenders.ts';
import { upcomingQuestions } from '../questions.ts';
import type { Scenario } from '../scenario.ts';
import { measure } from '../series.ts';

const QUESTIONS = 500;
const DAY_MS = 24 * 3_600_000;

/** The catalogs of all sellers in a period, executed. */
export const upcoming: Scenario = async (surroundings) => {
  const { upstream, reference, writeWorld } = await surroundings.dataset();
  // Tomorrow, so that all servers agree on what is future.
  const answers = await reference(upcomingQuestions(new Date(Date.now() + DAY_MS), QUESTIONS));
  const contenders = [
    ...gateways({ ...upstream.variables, ...RESPONSE_CACHE_OFF }, surroundings),
    ...peers(writeWorld([]), 'Yoga 5', 'Mercurius, JIT'),
  ];
  const measured = await withServers(contenders, surroundings, (targets) =>
    measure(targets, { answers, connections: 32 }, surroundings),
  );
  return {
    title: 'Upcoming catalogs',
    about: `A page of 25 catalogs out of those of all sellers that open in a period: ${QUESTIONS} different requests in turn. No response is cached. The other servers filter a list that they sorted when they started. Tailcall is left out: it does not merge lists. 32 connections.`,
    rows: ratesTable(measured, 'Mercurius, JIT'),
    figures: [],
    data: Object.fromEntries(measured),
  };
};
