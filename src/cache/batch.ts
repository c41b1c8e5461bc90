import { checkedTags, type KeyClass } from './key-class.ts';

/** A value, or why there is none. */
export type Outcome<V> = V | Error;

/** Loads what the cache does not have: one outcome for every id it is given. A rejection is the outcome of all. */
export type Load<I, V> = (ids: readonly I[]) => Promise<ReadonlyMap<I, Outcome<V>>>;

/** One call's keys with what they stand for, and how to load them. */
export interface Batch<I = unknown, V = unknown> {
  readonly keyClass: KeyClass<I, V>;
  readonly idByKey: ReadonlyMap<string, I>;
  readonly load: Load<I, V>;
}

export function createBatch<I, V>(
  keyPrefix: string,
  keyClass: KeyClass<I, V>,
  ids: readonly I[],
  load: Load<I, V>,
): Batch<I, V> {
  return { keyClass, load, idByKey: new Map(ids.map((id) => [keyOf(keyPrefix, keyClass, id), id])) };
}

/** Braces make the key a Redis Cluster hash tag: what is derived from it lies in its slot. */
export function keyOf<I, V>(keyPrefix: string, keyClass: KeyClass<I, V>, id: I): string {
  return `${keyPrefix}{${keyClass.key(id)}}`;
}

export function tagsOf<I, V>({ keyClass, idByKey }: Batch<I, V>, key: string): readonly string[] {
  return keyClass.tags(idByKey.get(key) as I);
}

/** The tags of all the keys, each once. @throws InvalidDefinition for a tag that is none. */
export function allTagsOf<I, V>(batch: Batch<I, V>, keys: readonly string[]): readonly string[] {
  return checkedTags(keys.flatMap((key) => tagsOf(batch, key)));
}

/** The outcome of each key of one load, whatever the load does: reject, or leave an id out. */
export async function runLoad<I, V>(
  { idByKey, load }: Batch<I, V>,
  keys: readonly string[],
): Promise<ReadonlyMap<string, Outcome<V>>> {
  const ids = keys.map((key) => idByKey.get(key) as I);
  // In a function of its own, so that a load that throws before it gives a promise is one that rejects.
  const outcomeOf = await (async () => load(ids))().then(
    (loaded) => (id: I) =>
      loaded.has(id) ? (loaded.get(id) as Outcome<V>) : new Error('the load left an id out'),
    (cause: unknown) => () => (cause instanceof Error ? cause : new Error('the load failed', { cause })),
  );
  return new Map(keys.map((key) => [key, outcomeOf(idByKey.get(key) as I)]));
}
