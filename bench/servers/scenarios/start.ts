import { isDeepStrictEqual } from 'node:util';
import { freePort } from '../../../test/support/redis.ts';
import { atMost } from '../../lib/figures.ts';
import { type Summary, summarise } from '../../lib/statistics.ts';
import { turns } from '../../lib/turns.ts';
import { millisecondSpread, times } from '../../lib/units.ts';
import { type Answers, check } from '../answers.ts';
import { parsed } from '../client.ts';
import { type Contender, gateways, peers } from '../contenders.ts';
import { launch, stop, untilThere } from '../process.ts';
import { pageQuestion } from '../questions.ts';
import type { Scenario, Surroundings } from '../scenario.ts';

const BASE = 'bare node:http';

/** From the spawn of a process to its first correct response. */
export const start: Scenario = async (surroundings) => {
  const { quick, progress } = surroundings;
  const { upstream, reference, writeWorld, tailcalls } = await surroundings.dataset();
  const answers = await reference([pageQuestion(1)]);
  const contenders = [
    ...gateways(upstream.variables, surroundings),
    ...peers(
      writeWorld(answers.values()),
      BASE,
      'Yoga 5',
      'Apollo Server 5, response cache',
      'Mercurius, JIT',
    ),
    ...tailcalls.slice(0, 1),
  ];
  const measured = new Map(contenders.map(({ name }) => [name, [] as number[]]));
  for (const { item: contender, round } of turns(contenders, quick ? 3 : 9)) {
    progress.now(`start ${round + 1}: ${contender.name}`);
    measured.get(contender.name)?.push(await timeStart(contender, answers, surroundings));
  }
  const summaries = new Map([...measured].map(([name, each]) => [name, summarise(each)]));
  const base = summaries.get(BASE) as Summary;
  const ours = summaries.get('catalog-gateway') as Summary;
  return {
    title: 'Start to first response',
    about:
      'From the spawn of the process to the end of its first response, a page of 25 sellers with 5 future catalogs each. The gateway and Tailcall load it from an upstream without latency; the others read all data from a file.',
    rows: [
      ['', 'median (low – high)', `ratio to ${BASE}`],
      ...[...summaries].map(([name, each]) => [
        name,
        millisecondSpread(each),
        times(each.median / base.median),
      ]),
    ],
    figures: [atMost('start to first response vs. bare node:http', 5, ours.median / base.median)],
    data: Object.fromEntries(measured),
  };
};

async function timeStart(
  contender: Contender,
  answers: Answers,
  { client, cores }: Surroundings,
): Promise<number> {
  const [[body, { response }] = ['', { response: '' }]] = answers;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/graphql`;
  const beganAt = performance.now();
  const child = launch({ ...contender.launch(port), cores: cores?.server });
  try {
    await untilThere(child, () =>
      client.ask(url, body).then(
        (reply) => isDeepStrictEqual(parsed(reply), JSON.parse(response)),
        () => false,
      ),
    );
    const ms = performance.now() - beganAt;
    await check(client, { name: contender.name, url }, answers);
    return ms;
  } finally {
    await stop(child);
  }
}
