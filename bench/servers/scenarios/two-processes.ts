import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis } from '../../../test/support/redis.ts';
import { atLeast } from '../../lib/figures.ts';
import { type Summary, summarise } from '../../lib/statistics.ts';
import { duration, rateSpread } from '../../lib/units.ts';
import type { Answers } from '../answers.ts';
import { seriesOf, withServers } from '../comparison.ts';
import { gateway, RESPONSE_CACHE_OFF } from '../contenders.ts';
import { nginx } from '../peers/nginx.ts';
import type { Server } from '../process.ts';
import { pageQuestion, thousandQuestions } from '../questions.ts';
import type { Scenario, Surroundings } from '../scenario.ts';
import { cpuTimes, loadOnce, measure, rates, ratio, type Series } from '../series.ts';

// Two gateways, nginx and the load generator.
const CORES_NEEDED = 4;
const REACH = 1.7;
// As many as in the other scenarios for each of two gateways.
const CONNECTIONS = 64;
const ONE = 'one gateway';
const TWO = 'two gateways';

interface Kind {
  readonly name: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly answers: Answers;
}

interface Measured {
  readonly series: ReadonlyMap<string, Series>;
  /** CPU time of nginx a request, in milliseconds. Undefined where that is unknown. */
  readonly nginxCpuMs: number | undefined;
}

/** One and two gateways behind nginx, with one Redis. */
export const twoProcesses: Scenario = async (surroundings) => {
  const { upstream, reference } = await surroundings.dataset();
  const redis = await startRedis();
  const variables = { ...upstream.variables, REDIS_URL: redis.url };
  const kinds: readonly Kind[] = [
    { name: 'hit', variables, answers: await reference([pageQuestion(1)]) },
    {
      name: 'execution',
      variables: { ...variables, ...RESPONSE_CACHE_OFF },
      answers: await reference(thousandQuestions(surroundings)),
    },
  ];
  const measured = new Map<string, Measured>();
  try {
    for (const kind of kinds) measured.set(kind.name, await measureKind(kind, surroundings));
  } finally {
    await redis.kill();
  }
  const isParallel = cpus().length >= CORES_NEEDED;
  return {
    title: 'Two processes',
    about: `One and two gateways behind one process of nginx, with one Redis. A hit is the hot response, an execution one of the thousand pages without a response cache. ${CONNECTIONS} connections. Gateways, nginx and load need ${CORES_NEEDED} cores, this machine has ${cpus().length}${isParallel ? '' : ', so requests/s say nothing about a second process here. The figure is twice the requests a second of CPU of two gateways relative to one: what two would do with a core each, unless nginx or the network limits them'}.`,
    rows: [
      ['', '', 'requests/s: median (low – high)', 'CPU of the gateways a request', 'CPU of nginx a request'],
      ...[...measured].flatMap(([name, { series, nginxCpuMs }]) =>
        [...series].map(([gateways, each]) => [
          name,
          gateways,
          rateSpread(rates(each)),
          cpuText(cpuTimes(each)?.median),
          cpuText(nginxCpuMs),
        ]),
      ),
    ],
    figures: [...measured].map(([name, { series }]) => {
      const [one, two] = [seriesOf(series, ONE), seriesOf(series, TWO)];
      return atLeast(
        `${name}: two gateways vs. one${isParallel ? '' : ', by CPU'}`,
        REACH,
        isParallel ? ratio(two, one) : ratioWithOwnCores(two, one),
      );
    }),
    data: Object.fromEntries(
      [...measured].map(([name, each]) => [name, { ...each, series: Object.fromEntries(each.series) }]),
    ),
  };
};

async function measureKind(
  { name, variables, answers }: Kind,
  surroundings: Surroundings,
): Promise<Measured> {
  const { cores, quick } = surroundings;
  const directory = mkdtempSync(join(tmpdir(), 'catalog-gateway-bench-'));
  // Not only the core of the server, so that two may run at a time.
  const onAll = { ...surroundings, cores: cores && { ...cores, server: `${cores.server},${cores.rest}` } };
  const load = { answers, connections: CONNECTIONS, seconds: quick ? 1 : 3 };
  const besideLoad = { ...surroundings, cores: undefined };
  const gateways = [1, 2, 3].map((n) => gateway(variables, `${name}, gateway ${n}`));
  try {
    return await withServers(gateways, onAll, async ([alone, ...pair]) => {
      if (!alone) throw new Error('no gateway started');
      // Directly, so that each of them is as warm as the others.
      for (const server of [alone, ...pair]) await loadOnce(server, load, surroundings);
      const groups = new Map([
        [ONE, [alone]],
        [TWO, pair],
      ]);
      const proxies = [...groups].map(([group, servers]) =>
        nginx(
          group,
          directory,
          servers.map(({ url }) => url),
        ),
      );
      return withServers(proxies, besideLoad, async (started) => {
        const targets = started.map((proxy) => ({ ...proxy, cpuMs: cpuOf(groups.get(proxy.name) ?? []) }));
        const series = await measure(targets, { answers, connections: CONNECTIONS }, surroundings);
        const [proxy] = started;
        if (!proxy) throw new Error('no nginx started');
        const { cpuMs: nginxCpuMs } = await loadOnce(proxy, load, surroundings);
        return { series, nginxCpuMs };
      });
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The CPU time of all of them together. */
function cpuOf(servers: readonly Server[]): () => number | undefined {
  return () => {
    const each = servers.flatMap((server) => server.cpuMs() ?? []);
    return each.length === servers.length ? each.reduce((sum, ms) => sum + ms, 0) : undefined;
  };
}

/** Requests of two gateways relative to those of one, if each has a core: twice the ratio of requests by CPU time. */
function ratioWithOwnCores(two: Series, one: Series): Summary {
  return summarise(
    two.map(({ cpuMs }, round) => (2 * (one[round]?.cpuMs ?? Number.NaN)) / (cpuMs ?? Number.NaN)),
  );
}

function cpuText(cpuMs: number | undefined): string {
  return cpuMs === undefined ? 'unknown' : duration(cpuMs * 1e6);
}
