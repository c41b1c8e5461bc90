import type { Cache, ReadOptions } from '../../src/cache/engine/cache.ts';
import type { KeyClass } from '../../src/cache/engine/key-class.ts';
import type { SourceLoad } from './upstream.ts';

/** The result of a call for each id: a value, or the reason for its absence. */
export type Outcomes = ReadonlyMap<number, unknown>;

/** Reads the ids. A single id is read by `get`, which has a shorter path. */
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
