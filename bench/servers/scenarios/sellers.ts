import { atMost } from '../../lib/figures.ts';
import { summarise } from '../../lib/statistics.ts';
import { millisecondSpread, rounded, times } from '../../lib/units.ts';
import type { Answers, Target } from '../answers.ts';
import { type Client, dataOf } from '../client.ts';
import { cpuCells, seriesOf, withServers } from '../comparison.ts';
import { gateway, RESPONSE_CACHE_OFF } from '../contenders.ts';
import { pageQuestion } from '../questions.ts';
import type { Scenario } from '../scenario.ts';
import { measure, ratio, type Series } from '../series.ts';
import { addFutureCatalogs, startUpstream, type Upstream } from '../upstream.ts';

const SIZES = [400, 10_000, 100_000];
const QUICK_SIZES = [400, 10_000];
const FIRST_IDS = JSON.stringify({ query: '{ sellers(pageSize: 25) { items { id } } }' });

/** The same page of longer and longer lists. */
export const sellers: Scenario = async (surroundings) => {
  const { client, quick, progress } = surroundings;
  const sizes = quick ? QUICK_SIZES : SIZES;
  const [shortest, longest] = [sizes.at(0) as number, sizes.at(-1) as number];
  const body = pageQuestion(1);
  const upstreams = new Map<string, Upstream>();
  try {
    for (const size of sizes) {
      progress.now(`making ${rounded(size)} sellers`);
      // No catalogs but those that are added: the upstream would send them with its list of sellers.
      const data = { SANDBOX_SELLERS: String(size), SANDBOX_MAX_CATALOGS: '0' };
      upstreams.set(nameOf(size), await startUpstream(client, data));
    }
    // Room for the longest list.
    const variables = { ...RESPONSE_CACHE_OFF, CACHE_MEMORY_MB: '512' };
    const contenders = [...upstreams].map(([name, upstream]) =>
      gateway({ ...upstream.variables, ...variables }, name),
    );
    const measured = await withServers(contenders, surroundings, async (servers) => {
      const targets: Target[] = [];
      for (const { name, url, cpuMs } of servers) {
        progress.now(`filling: ${name}`);
        await fillFirstPage(client, url, upstreams.get(name) as Upstream);
        targets.push({ name, url, cpuMs, answers: await ownAnswer(client, url, body) });
      }
      const answers = targets[0]?.answers ?? new Map();
      return measure(targets, { answers, connections: 32 }, surroundings);
    });
    const base = seriesOf(measured, nameOf(shortest));
    return {
      title: 'Number of sellers',
      about: `The first page of 25 sellers with 5 future catalogs each, warm, of lists of ${sizes.map(rounded).join(', ')} sellers. No response is cached. Time is the inverse of requests/s over 32 connections.`,
      rows: [
        [
          ...['', 'a request: median (low – high)', 'time relative to the shortest list'],
          ...['CPU a request', 'ratio by CPU'],
        ],
        ...[...measured].map(([name, series]) => [
          name,
          millisecondSpread(timeOf(series)),
          times(ratio(base, series).median),
          ...cpuCells(series, base),
        ]),
      ],
      figures: [
        atMost(
          `${rounded(shortest)} → ${rounded(longest)} sellers, time of a warm page`,
          1.2,
          ratio(base, seriesOf(measured, nameOf(longest))).median,
        ),
      ],
      data: Object.fromEntries(measured),
    };
  } finally {
    for (const upstream of upstreams.values()) await upstream.stop();
  }
};

function nameOf(size: number): string {
  return `${rounded(size)} sellers`;
}

async function fillFirstPage(client: Client, url: string, upstream: Upstream): Promise<void> {
  const { sellers } = dataOf<{ sellers: { items: { id: string }[] } }>(await client.ask(url, FIRST_IDS));
  await addFutureCatalogs(
    client,
    upstream,
    sellers.items.map(({ id }) => id),
  );
}

/** The first responses are the reference until the end, because no other server has as many sellers. */
async function ownAnswer(client: Client, url: string, body: string): Promise<Answers> {
  const { bytes } = await client.ask(url, body);
  return new Map([[body, { response: bytes.toString() }]]);
}

function timeOf(series: Series) {
  return summarise(series.map(({ requestsPerSecond }) => 1000 / requestsPerSecond));
}
