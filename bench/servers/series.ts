import { type Summary, summarise } from '../lib/statistics.ts';
import { turns } from '../lib/turns.ts';
import { type Answers, check, type Target } from './answers.ts';
import { JSON_HEADERS } from './client.ts';
import type { LoadResult } from './load/load.ts';
import type { Surroundings } from './scenario.ts';

export interface SeriesOptions {
  /** The requests and their expected responses. */
  readonly answers: Answers;
  /** The order of the requests, as positions in `answers`. Default: one after another. */
  readonly order?: readonly number[];
  readonly connections: number;
}

/** The rounds of one target, in order. */
export type Series = readonly LoadResult[];

// Odd numbers of rounds, so that one round is the median.
const CALM = { warmUpSeconds: 3, rounds: 5, roundSeconds: 3 };
const QUICK = { warmUpSeconds: 1, rounds: 3, roundSeconds: 1 };

/**
 * Loads the targets alternately, round by round, after a warm-up, so that a slower machine affects all of them. Their
 * responses are checked before the first round and after the last.
 * @throws if a response is wrong or missing.
 */
export async function measure(
  targets: readonly Target[],
  { answers, order, connections }: SeriesOptions,
  { client, generator, progress, quick }: Surroundings,
): Promise<ReadonlyMap<string, Series>> {
  const { warmUpSeconds, rounds, roundSeconds } = quick ? QUICK : CALM;
  const bodies = [...answers.keys()];
  const load = async ({ name, url, headers }: Target, seconds: number) => {
    const result = await generator.run({
      url,
      headers: { ...JSON_HEADERS, ...headers },
      bodies,
      order: order ?? bodies.map((_, position) => position),
      connections,
      seconds,
    });
    if (result.failed > 0) throw new Error(`${name} failed ${result.failed} requests`);
    return result;
  };

  for (const target of targets) {
    progress.now(`warming up: ${target.name}`);
    await check(client, target, target.answers ?? answers);
    await load(target, warmUpSeconds);
  }
  const measured = new Map(targets.map(({ name }) => [name, [] as LoadResult[]]));
  for (const { item: target, round } of turns(targets, rounds)) {
    progress.now(`round ${round + 1} of ${rounds}: ${target.name}`);
    measured.get(target.name)?.push(await load(target, roundSeconds));
  }
  for (const target of targets) await check(client, target, target.answers ?? answers);
  return measured;
}

export function rates(series: Series): Summary {
  return summarise(series.map(({ requestsPerSecond }) => requestsPerSecond));
}

/** Requests per second relative to `other`: the median of the ratios of each round. */
export function ratio(series: Series, other: Series): number {
  return summarise(
    series.map(
      ({ requestsPerSecond }, round) => requestsPerSecond / (other[round] as LoadResult).requestsPerSecond,
    ),
  ).median;
}
