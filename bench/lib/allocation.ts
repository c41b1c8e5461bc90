import { summarise } from './statistics.ts';

// Few enough that what they allocate fits into the young generation of a process started with
// --max-semi-space-size=64: a collection in between would hide a part of it.
const TIMES = 2000;
const ROUNDS = 15;

/** Bytes on the heap that doing it once takes. Needs --expose-gc. */
export async function measureAllocation(run: (times: number) => Promise<void>): Promise<number> {
  const { gc } = globalThis;
  if (!gc) throw new Error('start the process with --expose-gc');
  const measured: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    gc();
    const before = process.memoryUsage().heapUsed;
    await run(TIMES);
    measured.push((process.memoryUsage().heapUsed - before) / TIMES);
  }
  return summarise(measured).median;
}
