import type { Clock } from '../clock.ts';
import type { Generations } from './generations.ts';

/**
 * One run of `work` a name at a time: those who ask meanwhile share it, unless something was invalidated since it
 * began, or it began longer ago than memory is believed.
 */
export type SharedWork = <T>(
  name: string,
  work: () => Promise<T>,
) => { readonly result: Promise<T>; readonly joined: boolean };

export interface SharedWorkOptions {
  readonly generations: Generations;
  readonly clock: Clock;
  /** How long memory is believed before Redis is asked, in milliseconds. */
  readonly trustMs: number;
}

interface Run {
  readonly result: Promise<unknown>;
  /** That of the generations, and the time, when it began. */
  readonly epoch: number;
  readonly at: number;
}

export function createSharedWork({ generations, clock, trustMs }: SharedWorkOptions): SharedWork {
  const runs = new Map<string, Run>();

  return <T>(name: string, work: () => Promise<T>) => {
    const run = runs.get(name);
    const now = clock.monotonic();
    if (run && run.epoch === generations.epoch && now - run.at < trustMs)
      return { result: run.result as Promise<T>, joined: true };
    // The epoch first: it is that of before the work.
    const mine = { epoch: generations.epoch, at: now, result: work() };
    runs.set(name, mine);
    const leave = () => {
      if (runs.get(name) === mine) runs.delete(name);
    };
    mine.result.then(leave, leave);
    return { result: mine.result, joined: false };
  };
}
