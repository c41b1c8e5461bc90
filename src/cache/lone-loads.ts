import { type Batch, tagsOf } from './batch.ts';
import type { Generations } from './generations.ts';
import type { Loaded, Loads, Settle } from './loads.ts';

/** Loads that no lease guards: Redis does not answer, or another process has held the lease for too long. */
export interface LoneLoads {
  /** Settles every key from a load of this process, of which there is one a key. What the load leaves, it gives. */
  run(batch: Batch, keys: readonly string[], settle: Settle): Promise<Loaded>;
}

/** `newToken` is for the generations of a process that is the only authority on them; null where Redis is. */
export function createLoneLoads(
  loads: Loads,
  generations: Generations,
  clock: { now(): number },
  newToken: (() => string) | null,
): LoneLoads {
  return {
    run: (batch, keys, settle) =>
      loads.run(batch, keys, (key) => generationsKnown(tagsOf(batch, key)), settle),
  };

  /** The generations as this process knows them. An old belief will do: it validates only if it is still true. */
  function generationsKnown(tags: readonly string[]): readonly string[] | null {
    const tokens = tags.map((tag) => {
      const token = generations.tokenOf(tag);
      if (token !== undefined || newToken === null) return token;
      const first = newToken();
      generations.learn(tag, first, generations.ask(clock.now()), clock.now());
      return first;
    });
    return tokens.every((token) => token !== undefined) ? tokens : null;
  }
}
