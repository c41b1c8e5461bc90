import { type Summary, summarise } from '../lib/statistics.ts';
import { turns } from '../lib/turns.ts';
import { type Answers, check, type Target } from './answers.ts';
import { forEach, JSON_HEADERS } from './client.ts';
import type { LoadResult } from './load/load.ts';
import type { Surroundings } from './scenario.ts';

export interface SeriesOptions {
  /** The requests and their expected responses. */
  readonly answers: Answers;
  /** The order of the requests, as positions in `answers`. Default: one after another. */
  readonly order?: readonly number[];
  readonly connections: number;
}

export interface Round extends LoadResult {
  /** CPU time of the target a request, in milliseconds. Undefined where that is unknown. */
  readonly cpuMs: number | undefined;
}

/** The rounds of one target, in order. */
export type Series = readonly Round[];

// Odd numbers of rounds, so that one round is the median.
const CALM = { warmUpSeconds: 3, warmUpTurns: 5, rounds: 5, roundSeconds: 3 };
const QUICK = { warmUpSeconds: 1, warmUpTurns: 1, rounds: 1, roundSeconds: 1 };
// V8 optimises by the number of calls: on a busy machine a few seconds are too few.
const WARM_UP_REQUESTS = 5000;

/**
 * Loads the targets alternately, round by round, after a warm-up, so that a slower machine affects all of them. Their
 * responses are checked before the first round and after the last.
 * @throws if a response is wrong or missing.
 */
export async function measure(
  targets: readonly Target[],
  { answers, order, connections }: SeriesOptions,
  surroundings: Surroundings,
): Promise<ReadonlyMap<string, Series>> {
  const { client, progress, quick } = surroundings;
  const { warmUpSeconds, warmUpTurns, rounds, roundSeconds } = quick ? QUICK : CALM;
  const load = (target: Target, seconds: number) =>
    loadOnce(target, { answers, ...(order && { order }), connections, seconds }, surroundings);

  for (const target of targets) {
    progress.now(`warming up: ${target.name}`);
    await check(client, target, target.answers ?? answers);
    // So that no server loads or compiles anything for the first time while it is measured, however slow it is.
    await forEach([...answers.keys()], (body) => client.ask(target.url, body, target.headers));
    for (let turn = 0, requests = 0; turn < warmUpTurns && requests < WARM_UP_REQUESTS; turn += 1)
      requests += (await load(target, warmUpSeconds)).requests;
  }
  const measured = new Map(targets.map(({ name }) => [name, [] as Round[]]));
  for (const { item: target, round } of turns(targets, rounds)) {
    progress.now(`round ${round + 1} of ${rounds}: ${target.name}`);
    measured.get(target.name)?.push(await load(target, roundSeconds));
  }
  for (const target of targets) await check(client, target, target.answers ?? answers);
  return measured;
}

/** @throws if a response is missing. The responses are not checked. */
export async function loadOnce(
  { name, url, headers, cpuMs }: Target,
  { answers, order, connections, seconds }: SeriesOptions & { readonly seconds: number },
  { generator }: Pick<Surroundings, 'generator'>,
): Promise<Round> {
  const bodies = [...answers.keys()];
  const cpuBefore = cpuMs?.();
  const result = await generator.run({
    url,
    headers: { ...JSON_HEADERS, ...headers },
    bodies,
    order: order ?? bodies.map((_, position) => position),
    connections,
    seconds,
  });
  const cpuAfter = cpuMs?.();
  if (result.failed > 0) throw new Error(`${name} failed ${result.failed} requests`);
  const isKnown = cpuBefore !== undefined && cpuAfter !== undefined;
  return { ...result, cpuMs: isKnown ? (cpuAfter - cpuBefore) / result.requests : undefined };
}

export function rates(series: Series): Summary {
  return summarise(series.map(({ requestsPerSecond }) => requestsPerSecond));
}

/** Requests per second relative to `other`, of each round. */
export function ratio(series: Series, other: Series): Summary {
  return summarise(
    series.map(
      ({ requestsPerSecond }, round) => requestsPerSecond / (other[round] as Round).requestsPerSecond,
    ),
  );
}

/** CPU time a request, in milliseconds. Undefined where that is unknown. */
export function cpuTimes(series: Series): Summary | undefined {
  const known = series.flatMap(({ cpuMs }) => cpuMs ?? []);
  return known.length === series.length ? summarise(known) : undefined;
}
