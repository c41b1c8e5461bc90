import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Tally } from './seeds.ts';
import type { Share } from './worker.ts';

/** Runs seeds in several threads side by side, an equal share each. */
export async function runSeedsInWorkers(from: number, count: number, threads: number): Promise<Tally> {
  const share = Math.ceil(count / threads);
  const tallies = await Promise.all(
    Array.from({ length: threads }, (_, index) => {
      const begin = index * share;
      return runShare({ from: from + begin, count: Math.min(share, count - begin) });
    }),
  );
  const events = new Map<string, number>();
  for (const tally of tallies)
    for (const [type, times] of tally.events) events.set(type, (events.get(type) ?? 0) + times);
  const total = (of: (tally: Tally) => number) => tallies.reduce((sum, tally) => sum + of(tally), 0);
  return {
    seeds: total(({ seeds }) => seeds),
    steps: total(({ steps }) => steps),
    events,
    failure: tallies.find(({ failure }) => failure)?.failure ?? null,
  };
}

/** In a thread of its own, where nothing but the simulation makes promises: they are counted. */
export async function runShare(workerData: Share): Promise<Tally> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData });
  const [tally] = await once(worker, 'message');
  await worker.terminate();
  return tally;
}
