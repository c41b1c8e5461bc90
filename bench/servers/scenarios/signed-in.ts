import { startRedis } from '../../../test/support/redis.ts';
import { atLeast } from '../../lib/figures.ts';
import { ratesChart, ratesTable, seriesOf, withServers } from '../comparison.ts';
import { gateway, gateways, peers } from '../contenders.ts';
import { pageQuestion } from '../questions.ts';
import type { Scenario } from '../scenario.ts';
import { measure, ratio } from '../series.ts';
import { LIMIT, SIGN_IN, signIn } from '../sessions.ts';

const TITLE = 'Signed in';
const OPEN = 'catalog-gateway';
const SIGNED_IN = 'catalog-gateway, signed in';
const LIMITED = 'catalog-gateway, signed in, with a limit';
const BARE = 'bare node:http';
const YOGA = 'Yoga 5, response cache';

/** The hot response to whoever is signed in, with the session in Redis, beside a gateway that asks nobody. */
export const signedIn: Scenario = async (surroundings) => {
  const { client } = surroundings;
  const { upstream, reference, writeWorld } = await surroundings.dataset();
  const answers = await reference([pageQuestion(1)]);
  const redis = await startRedis();
  const variables = { ...upstream.variables, REDIS_URL: redis.url };
  const contenders = [
    gateway(variables, OPEN),
    gateway({ ...variables, ...SIGN_IN }, SIGNED_IN),
    ...gateways({ ...variables, ...SIGN_IN, ...LIMIT }, surroundings, LIMITED),
    ...peers(writeWorld(answers.values()), BARE, YOGA),
  ];
  try {
    const measured = await withServers(contenders, surroundings, async (servers) => {
      const targets = await Promise.all(
        servers.map((server) => (server.name.startsWith(SIGNED_IN) ? signIn(client, server) : server)),
      );
      return measure(targets, { answers, connections: 32 }, surroundings);
    });
    const beside = (name: string, other: string) =>
      ratio(seriesOf(measured, name), seriesOf(measured, other));
    return {
      title: TITLE,
      about:
        'The hot response over 32 connections: to anybody, to a verified session, and with a limit a client.',
      rows: ratesTable(measured, OPEN),
      figures: [
        atLeast('hit with a verified session vs. without AUTH', 0.95, beside(SIGNED_IN, OPEN)),
        atLeast('hit with a session and a limit vs. bare node:http', 0.85, beside(LIMITED, BARE)),
        atLeast(
          'hit with a session and a limit vs. stock Yoga with its response cache',
          12,
          beside(LIMITED, YOGA),
        ),
      ],
      chart: ratesChart(TITLE, measured),
      data: Object.fromEntries(measured),
    };
  } finally {
    await redis.kill();
  }
};
