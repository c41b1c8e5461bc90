import { startRedis } from '../../../test/support/redis.ts';
import type { Target } from '../answers.ts';
import { type Client, JSON_HEADERS } from '../client.ts';
import { ratesChart, ratesTable, seriesOf, withServers } from '../comparison.ts';
import { gateway, peers } from '../contenders.ts';
import { pageQuestion } from '../questions.ts';
import { atLeast, type Scenario } from '../scenario.ts';
import { measure, ratio } from '../series.ts';

const TITLE = 'Signed in';
const OPEN = 'catalog-gateway';
const SIGNED_IN = 'catalog-gateway, signed in';
const LIMITED = 'catalog-gateway, signed in, with a limit';
const BARE = 'bare node:http';

const SIGN_IN = {
  AUTH: 'required',
  SESSION_SECRETS: 'a-secret-of-the-benchmark-with-32-characters',
};

/** The hot response to whoever is signed in, with the session in Redis, beside a gateway that asks nobody. */
export const signedIn: Scenario = async (surroundings) => {
  const { upstream, reference, writeWorld } = await surroundings.dataset();
  const answers = await reference([pageQuestion(1)]);
  const redis = await startRedis();
  const variables = { ...upstream.variables, REDIS_URL: redis.url };
  const contenders = [
    gateway(variables, OPEN),
    gateway({ ...variables, ...SIGN_IN }, SIGNED_IN),
    gateway({ ...variables, ...SIGN_IN, RATE_LIMIT_COST: '1000000000' }, LIMITED),
    ...peers(writeWorld(answers.values()), BARE),
  ];
  try {
    const measured = await withServers(contenders, surroundings, async (servers) => {
      const targets = await Promise.all(servers.map((server) => signIn(surroundings.client, server)));
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
      ],
      chart: ratesChart(TITLE, measured),
      data: Object.fromEntries(measured),
    };
  } finally {
    await redis.stop();
  }
};

/** The target with the cookies of a new session, if it has sessions. */
async function signIn(client: Client, { name, url }: Target): Promise<Target> {
  if (name === OPEN || name === BARE) return { name, url };
  const reply = await client.send({
    url: url.replace('/graphql', '/session'),
    method: 'POST',
    headers: JSON_HEADERS,
    body: JSON.stringify({ username: 'anna', password: 'anna-sandbox' }),
  });
  if (reply.status !== 201) throw new Error(`${name} refuses the sign-in with status ${reply.status}`);
  const cookies = reply.headers['set-cookie'] ?? [];
  return { name, url, headers: { cookie: cookies.map((line) => line.split(';')[0]).join('; ') } };
}
