import { parentPort, workerData } from 'node:worker_threads';
import { ENGINE } from './engine.ts';
import { explain, runSeeds } from './seeds.ts';

const { from, count } = workerData as { readonly from: number; readonly count: number };
const tally = await runSeeds(from, count, ENGINE);
parentPort?.postMessage({ ...tally, failure: tally.failure && (await explain(tally.failure, ENGINE)) });
