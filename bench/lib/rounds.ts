import { type Summary, summarise } from './statistics.ts';

/** An operation to measure. */
export interface Exercise {
  /** Preparation before each measurement; not measured. */
  readonly prepare?: () => Promise<void>;
  /** Runs the operation `times` times, one after another. */
  readonly run: (times: number) => Promise<void>;
}

export interface RoundsOptions {
  /** Number of measurements of each exercise. */
  readonly rounds: number;
  /** Target time of one measurement, in milliseconds; short operations are repeated more often. */
  readonly roundMs: number;
  /** Maximum number of repetitions in one measurement. */
  readonly mostTimes: number;
}

const FIRST_TIMES = 16;

/**
 * Nanoseconds per operation of each exercise, by name. The exercises alternate, and each round starts with another one,
 * so that a slower machine affects all of them equally. Each exercise is warmed up first.
 */
export async function measureInRounds(
  exercises: ReadonlyMap<string, Exercise>,
  { rounds, roundMs, mostTimes }: RoundsOptions,
): Promise<ReadonlyMap<string, Summary>> {
  const timesOf = new Map<string, number>();
  for (const [name, exercise] of exercises) timesOf.set(name, await warmUp(exercise, roundMs, mostTimes));
  const measured = new Map([...exercises.keys()].map((name) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round += 1) {
    const turns = [...exercises];
    for (const [name, exercise] of [
      ...turns.slice(round % turns.length),
      ...turns.slice(0, round % turns.length),
    ]) {
      const times = timesOf.get(name) as number;
      measured.get(name)?.push((await timed(exercise, times)) / times);
    }
  }
  return new Map([...measured].map(([name, values]) => [name, summarise(values)]));
}

/** Number of repetitions that fit into a round, found by measurement. */
async function warmUp(exercise: Exercise, roundMs: number, mostTimes: number): Promise<number> {
  for (let times = Math.min(FIRST_TIMES, mostTimes); ; times = Math.min(times * 2, mostTimes)) {
    const nanoseconds = await timed(exercise, times);
    if (nanoseconds >= roundMs * 1e6 || times === mostTimes) return times;
  }
}

async function timed(exercise: Exercise, times: number): Promise<number> {
  await exercise.prepare?.();
  const startedAt = process.hrtime.bigint();
  await exercise.run(times);
  return Number(process.hrtime.bigint() - startedAt);
}
