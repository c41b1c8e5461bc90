import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { freePort } from '../../../test/support/redis.ts';
import { atMost } from '../../lib/figures.ts';
import { type Summary, summarise } from '../../lib/statistics.ts';
import { turns } from '../../lib/turns.ts';
import { millisecondSpread, times } from '../../lib/units.ts';
import { type Answers, check } from '../answers.ts';
import { parsed } from '../client.ts';
import { type Contender, gateway, gateways, peers } from '../contenders.ts';
import { cpuTime, launch, stop, untilThere } from '../process.ts';
import { pageQuestion } from '../questions.ts';
import type { Scenario, Surroundings } from '../scenario.ts';
import { fillCompileCache, withCompileCache } from '../start/compiled.ts';

const BASE = 'bare node:http';
const OURS = 'catalog-gateway';
const UNCOMPILED = 'catalog-gateway, nothing compiled';

interface Start {
  readonly ms: number;
  /** CPU time until then, in milliseconds. Undefined where that is unknown. */
  readonly cpuMs: number | undefined;
}

/** From the spawn of a process to its first correct response. */
export const start: Scenario = async (surroundings) => {
  const { quick, progress } = surroundings;
  const { upstream, reference, writeWorld, tailcalls } = await surroundings.dataset();
  const answers = await reference([pageQuestion(1)]);
  const directory = mkdtempSync(join(tmpdir(), 'catalog-gateway-bench-'));
  const compiled = [
    ...gateways(upstream.variables, surroundings),
    ...peers(
      writeWorld(answers.values()),
      BASE,
      'Yoga 5',
      'Apollo Server 5, response cache',
      'Mercurius, JIT',
    ),
  ].map((contender) => withCompileCache(contender, directory));
  const contenders = [...compiled, gateway(upstream.variables, UNCOMPILED), ...tailcalls.slice(0, 1)];
  const measured = new Map(contenders.map(({ name }) => [name, [] as Start[]]));
  try {
    for (const contender of compiled) {
      progress.now(`compiling: ${contender.name}`);
      await fillCompileCache(contender, answers, surroundings);
    }
    for (const { item: contender, round } of turns(contenders, quick ? 1 : 9)) {
      progress.now(`start ${round + 1}: ${contender.name}`);
      measured.get(contender.name)?.push(await timeStart(contender, answers, surroundings));
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
  const summaries = new Map([...measured].map(([name, each]) => [name, summariesOf(each)]));
  const base = summaries.get(BASE) as Summaries;
  const ours = summaries.get(OURS) as Summaries;
  return {
    title: 'Start to first response',
    about:
      "From the spawn of the process to the end of its first response, a page of 25 sellers with 5 future catalogs each. The gateway and Tailcall load it from an upstream without latency; the others read all data from a file. Servers on Node have its compile cache, filled by an earlier start, as the gateway's image and npm scripts have; one gateway has none.",
    rows: [
      ['', 'median (low – high)', `ratio to ${BASE}`, 'CPU until then', 'ratio of CPU'],
      ...[...summaries].map(([name, { ms, cpuMs }]) => [
        name,
        millisecondSpread(ms),
        times(ms.median / base.ms.median),
        ...(cpuMs && base.cpuMs
          ? [millisecondSpread(cpuMs), times(cpuMs.median / base.cpuMs.median)]
          : ['unknown', 'unknown']),
      ]),
    ],
    figures: [atMost('start to first response vs. bare node:http', 5, ours.ms.median / base.ms.median)],
    data: Object.fromEntries(measured),
  };
};

interface Summaries {
  readonly ms: Summary;
  readonly cpuMs: Summary | undefined;
}

function summariesOf(starts: readonly Start[]): Summaries {
  const cpuMs = starts.flatMap((start) => start.cpuMs ?? []);
  return {
    ms: summarise(starts.map(({ ms }) => ms)),
    cpuMs: cpuMs.length > 0 ? summarise(cpuMs) : undefined,
  };
}

async function timeStart(
  contender: Contender,
  answers: Answers,
  { client, cores }: Surroundings,
): Promise<Start> {
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
    const measured = { ms: performance.now() - beganAt, cpuMs: cpuTime(child) };
    await check(client, { name: contender.name, url }, answers);
    return measured;
  } finally {
    await stop(child);
  }
}
