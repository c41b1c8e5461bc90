import { summarise } from './statistics.ts';

// Few enough that their allocations fit into the young generation of a process started with
// --max-semi-space-size=64. A garbage collection in between would hide a part of them.
const TIMES = 2000;
const ROUNDS = 15;

/** Heap bytes that one run allocates. Needs --expose-gc. */
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
