import { type Summary, summarise } from './statistics.ts';

/** Something that is done over and over. */
export interface Exercise {
  /** What has to be so each time before it is measured; not measured itself. */
  readonly prepare?: () => Promise<void>;
  /** Does it `times` times, one after the other. */
  readonly run: (times: number) => Promise<void>;
}

export interface RoundsOptions {
  /** How many times each exercise is measured. */
  readonly rounds: number;
  /** How long one measurement should take, in milliseconds: what is short is done more often. */
  readonly roundMs: number;
  /** The most times that an exercise is done in one measurement. */
  readonly mostTimes: number;
}

const FIRST_TIMES = 16;

/**
 * Nanoseconds that each exercise takes once, by its name. They take turns, and the first of a round is another one
 * each round, so that a machine which slows down slows them all. Before that each is done until it has settled.
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

/** How often the exercise fits into a round, found by doing it. */
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
