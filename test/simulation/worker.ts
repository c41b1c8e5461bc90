import { parentPort, workerData } from 'node:worker_threads';
import { ENGINE, loadEngine } from './engine.ts';
import { explain, runSeeds } from './seeds.ts';

/** The work of a thread. A mutant has a folder of its own, and its failures are not shrunk. */
export interface Share {
  readonly from: number;
  readonly count: number;
  readonly mutant?: string;
}

const { from, count, mutant } = workerData as Share;
const engine = mutant === undefined ? ENGINE : await loadEngine(mutant);
const tally = await runSeeds(from, count, engine);
const explained =
  mutant === undefined && tally.failure ? await explain(tally.failure, engine) : tally.failure;
parentPort?.postMessage({ ...tally, failure: explained });
