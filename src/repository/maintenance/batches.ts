import type { Pacer } from '../../upstream/rate-limit.ts';
import type { Pace } from './rate-limiter.ts';

// The catalogs of this many sellers fill about one upstream page, so a batch is about one call.
const SELLERS_A_BATCH = 25;

// The limit if the upstream is slower than the pace; it leaves upstream slots for requests.
const MOST_UNDER_WAY = 4;

export interface BatchesOptions {
  readonly pace: Pace;
  /** No further batch begins once it aborts. */
  readonly signal: AbortSignal;
}

/** Splits ids into batches whose catalogs are requested together. The same list always gives the same batches. */
export function batchesOf(ids: readonly number[]): readonly (readonly number[])[] {
  return Array.from({ length: Math.ceil(ids.length / SELLERS_A_BATCH) }, (_, index) =>
    ids.slice(index * SELLERS_A_BATCH, (index + 1) * SELLERS_A_BATCH),
  );
}

/**
 * Runs the batches as the pace allows, a few of them concurrently. Resolves when all started batches have ended. `work`
 * passes the pacer to its calls; it must not reject.
 */
export async function runBatches<B>(
  batches: readonly B[],
  work: (batch: B, pacer: Pacer) => Promise<void>,
  { pace, signal }: BatchesOptions,
): Promise<void> {
  const underWay = new Set<Promise<void>>();
  const pacer = pace.pacer(signal);
  for (const batch of batches) {
    // Not begun before it can go on at once: a batch that loads through the cache waits for the pace nowhere else, for
    // a request that wants what it loads waits for that load.
    await pace.free(signal);
    if (signal.aborted) break;
    const called = Promise.withResolvers<void>();
    const told: Pacer = {
      ready() {
        const turn = pacer.ready();
        called.resolve();
        return turn;
      },
      note() {
        pacer.note();
        called.resolve();
      },
    };
    const ended = work(batch, told).finally(() => underWay.delete(ended));
    underWay.add(ended);
    // Whether it takes a call is known then. One that finds all it needs has ended, and the next need not wait.
    await Promise.race([called.promise, ended]);
    if (underWay.size >= MOST_UNDER_WAY) await Promise.race(underWay);
  }
  await Promise.all(underWay);
}
