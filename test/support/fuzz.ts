import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';

/** How many cases of each kind. */
export const RUNS = 10_000;

/** An answer to anything that is wrong is smaller, in bytes. */
export const MAX_REFUSAL_BYTES = 100 * 1024;

/** The heap grows by less over all cases, in bytes. */
export const MAX_HEAP_BYTES = 100 * 1024 * 1024;

// A frozen process, not a slow one.
export const FUZZ_TIMEOUT = { timeout: 300_000 };

const BATCH = 500;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What the heap holds after a collection, in bytes. */
export function heapInUse(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** The same cases in each run. They are made as they are needed: all together are hundreds of megabytes. */
export function* samplesOf<T>(arbitrary: fc.Arbitrary<T>, seed: number): Generator<T> {
  for (let batch = 0; batch < RUNS / BATCH; batch += 1)
    yield* fc.sample(arbitrary, { numRuns: BATCH, seed: 1000 * seed + batch });
}
