import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';

/** Number of cases of each kind. */
export const RUNS = 10_000;

/** The maximum size of an error response, in bytes. */
export const MAX_REFUSAL_BYTES = 100 * 1024;

/** The maximum growth of the heap over all cases, in bytes. */
export const MAX_HEAP_BYTES = 100 * 1024 * 1024;

// Detects a frozen process, not a slow one.
export const FUZZ_TIMEOUT = { timeout: 300_000 };

const BATCH = 500;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Heap in use after a garbage collection, in bytes. */
export function heapInUse(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** The same cases in each run. They are generated lazily, because all together are hundreds of megabytes. */
export function* samplesOf<T>(arbitrary: fc.Arbitrary<T>, seed: number): Generator<T> {
  for (let batch = 0; batch < RUNS / BATCH; batch += 1)
    yield* fc.sample(arbitrary, { numRuns: BATCH, seed: 1000 * seed + batch });
}
