import type { Profiler } from 'node:inspector';
import { fileURLToPath } from 'node:url';
import { startRedis } from '../../../test/support/redis.ts';
import { duration } from '../../lib/units.ts';
import { type Answers, check, type Target } from '../answers.ts';
import { type Contender, gateways, peers, RESPONSE_CACHE_OFF, startPreloaded } from '../contenders.ts';
import { ownFolder, PARTS, type SelfShare, selfShares, sumBy } from '../profile/shares.ts';
import { pageQuestion, thousandQuestions } from '../questions.ts';
import type { Scenario, Surroundings } from '../scenario.ts';
import { loadOnce } from '../series.ts';
import { LIMIT, SIGN_IN, signIn } from '../sessions.ts';

const PROFILER = { file: fileURLToPath(new URL('../profile/profiler.ts', import.meta.url)) };
const CONNECTIONS = 32;
const SHOWN_SHARE = 0.005;
const MOST_FUNCTIONS = 40;

/** A server, and what it is asked while its CPU is sampled. */
interface Subject {
  readonly contender: Contender;
  readonly answers: Answers;
  readonly signsIn?: boolean;
}

interface Profiled {
  /** CPU time a request without the profiler, in milliseconds. */
  readonly cpuMs: number | undefined;
  readonly shares: readonly SelfShare[];
}

/** What a hit and an execution spend their time on. */
export const profile: Scenario = async (surroundings) => {
  const { upstream, reference, writeWorld } = await surroundings.dataset();
  const hot = await reference([pageQuestion(1)]);
  const pages = await reference(thousandQuestions(surroundings));
  const redis = await startRedis();
  const signedIn = { ...upstream.variables, REDIS_URL: redis.url, ...SIGN_IN, ...LIMIT };
  const subjects: readonly Subject[] = [
    ...peers(writeWorld(hot.values()), 'bare node:http').map((contender) => ({ contender, answers: hot })),
    ...gateways(upstream.variables, surroundings, 'hit').map((contender) => ({ contender, answers: hot })),
    ...gateways(signedIn, surroundings, 'hit, signed in, with a limit').map((contender) => ({
      contender,
      answers: hot,
      signsIn: true,
    })),
    ...gateways({ ...upstream.variables, ...RESPONSE_CACHE_OFF }, surroundings, 'execution').map(
      (contender) => ({ contender, answers: pages }),
    ),
  ];
  const profiled = new Map<string, Profiled>();
  try {
    for (const subject of subjects) profiled.set(subject.contender.name, await sample(subject, surroundings));
  } finally {
    await redis.kill();
  }
  return {
    title: 'Where the time goes',
    about:
      'Parts of the CPU time of the JavaScript thread, by a sampling profiler in the server: the function on top of the stack. A hit sends the hot response; an execution is one of the thousand pages, without a response cache. JSON.parse and JSON.stringify count to the code that calls them. Own code is split by folder below. CPU time is measured without the profiler.',
    rows: [
      ['', ...profiled.keys()],
      ['CPU a request', ...[...profiled.values()].map(({ cpuMs }) => cpuText(cpuMs))],
      ...rowsOf(profiled, PARTS, ({ part }) => part),
      ...rowsOf(profiled, foldersOf(profiled), ownFolder),
    ],
    figures: [],
    data: Object.fromEntries(
      [...profiled].map(([name, { cpuMs, shares }]) => [
        name,
        { cpuMs, functions: shares.slice(0, MOST_FUNCTIONS) },
      ]),
    ),
  };
};

async function sample(
  { contender, answers, signsIn = false }: Subject,
  surroundings: Surroundings,
): Promise<Profiled> {
  const { client, progress, quick } = surroundings;
  progress.now(`profiling: ${contender.name}`);
  const server = await startPreloaded(contender, PROFILER, surroundings);
  try {
    const { name } = contender;
    const target: Target = signsIn ? await signIn(client, { name, ...server }) : { name, ...server };
    const seconds = quick ? 1 : 5;
    const load = () => loadOnce(target, { answers, connections: CONNECTIONS, seconds }, surroundings);
    await check(client, target, answers);
    await load();
    const { cpuMs } = await load();
    await server.tell('start');
    await load();
    const shares = selfShares(await server.tell<Profiler.Profile>('stop'));
    await check(client, target, answers);
    return { cpuMs, shares };
  } finally {
    await server.stop();
  }
}

/** A row for each name, with its share in each profile. */
function rowsOf(
  profiled: ReadonlyMap<string, Profiled>,
  names: readonly string[],
  nameOf: (share: SelfShare) => string | undefined,
): readonly (readonly string[])[] {
  const sums = [...profiled.values()].map(({ shares }) => sumBy(shares, nameOf));
  return names.map((name) => [name, ...sums.map((each) => percent(each.get(name) ?? 0))]);
}

/** The folders with a noticeable share anywhere, the greatest first. */
function foldersOf(profiled: ReadonlyMap<string, Profiled>): readonly string[] {
  const most = new Map<string, number>();
  for (const { shares } of profiled.values())
    for (const [folder, share] of sumBy(shares, ownFolder))
      most.set(folder, Math.max(share, most.get(folder) ?? 0));
  return [...most]
    .filter(([, share]) => share >= SHOWN_SHARE)
    .toSorted(([, a], [, b]) => b - a)
    .map(([folder]) => folder);
}

function cpuText(cpuMs: number | undefined): string {
  return cpuMs === undefined ? 'unknown' : duration(cpuMs * 1e6);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
