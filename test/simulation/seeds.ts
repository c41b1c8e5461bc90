import { createPlan } from './create-plan.ts';
import type { Engine } from './engine.ts';
import { shrink } from './shrink.ts';
import { runPlan } from './world.ts';

/** The result of a number of seeds. */
export interface Tally {
  readonly seeds: number;
  readonly steps: number;
  /** Number of reports of each event of the engine. */
  readonly events: ReadonlyMap<string, number>;
  readonly failure: Failure | null;
}

export interface Failure {
  readonly seed: number;
  readonly broken: string;
  /** The shortest history that breaks the same promise. */
  readonly story: string;
}

/** Runs seeds one after another until one breaks a promise. */
export async function runSeeds(from: number, count: number, engine: Engine): Promise<Tally> {
  const events = new Map<string, number>();
  let steps = 0;
  for (let seed = from; seed < from + count; seed += 1) {
    const run = await runPlan(createPlan(seed), engine);
    steps += run.steps;
    for (const [type, times] of run.history.events) events.set(type, (events.get(type) ?? 0) + times);
    const [broken] = run.history.broken;
    if (broken !== undefined)
      return { seeds: seed - from + 1, steps, events, failure: { seed, broken, story: '' } };
  }
  return { seeds: count, steps, events, failure: null };
}

/** Reduces a failing seed to the shortest history that breaks the same promise. */
export async function explain({ seed, broken }: Failure, engine: Engine): Promise<Failure> {
  const promise = broken[0];
  const isBroken = async (plan: ReturnType<typeof createPlan>) =>
    (await runPlan(plan, engine)).history.broken[0]?.[0] === promise;
  const shortest = await shrink(createPlan(seed), isBroken);
  const { history } = await runPlan(shortest, engine, true);
  const story = [
    ...shortest.processes.map(
      ({ redis, clockOffsetMs }, process) =>
        `process ${process}: Redis ${redis}, clock off by ${clockOffsetMs} ms`,
    ),
    ...history.lines,
    ...history.broken,
  ].join('\n');
  return { seed, broken, story };
}
