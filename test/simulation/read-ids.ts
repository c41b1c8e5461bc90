import type { Cache, ReadOptions } from '../../src/cache/engine/cache.ts';
import type { KeyClass } from '../../src/cache/engine/key-class.ts';
import type { SourceLoad } from './upstream.ts';

/** What a call got for each id: a value, or why there is none. */
export type Outcomes = ReadonlyMap<number, unknown>;

/** Reads the ids. One is asked for as by a caller that wants one: that has a shorter way of its own. */
export async function readIds(
  cache: Cache,
  keyClass: KeyClass<number, number | null>,
  ids: readonly number[],
  load: SourceLoad,
  options: ReadOptions,
): Promise<Outcomes> {
  const [id] = ids;
  if (ids.length > 1 || id === undefined) return cache.getMany(keyClass, ids, load, options);
  const loadOne = async () => {
    const outcome = (await load([id])).get(id);
    if (outcome instanceof Error) throw outcome;
    return outcome as number | null;
  };
  const outcome = await cache.get(keyClass, id, loadOne, options).catch((cause: unknown) => cause);
  return new Map([[id, outcome]]);
}
