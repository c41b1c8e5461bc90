import { InvalidDefinition, type KeyClass } from './key-class.ts';

/** A value, or why there is none. */
export type LoadOutcome<V> = V | Error;

/** Loads what the cache does not have: one outcome for every id it is given. A rejection is the outcome of all. */
export type Load<I, V> = (ids: readonly I[]) => Promise<ReadonlyMap<I, LoadOutcome<V>>>;

/** One call's keys with what they stand for, and how to load them. */
export interface Batch<I = unknown, V = unknown> {
  readonly keyClass: KeyClass<I, V>;
  /** Ids that have one key are one thing: the first of them is loaded for all. */
  readonly idByKey: ReadonlyMap<string, I>;
  readonly load: Load<I, V>;
}

const KEY_NAME = /^[^\s{}]{1,512}$/;
const TAG = /^[^\s{}]{1,200}$/;

/** @throws InvalidDefinition for a key that would not be found again, or not be in its own slot of a cluster. */
export function createBatch<I, V>(
  keyPrefix: string,
  keyClass: KeyClass<I, V>,
  ids: readonly I[],
  load: Load<I, V>,
): Batch<I, V> {
  const idByKey = new Map<string, I>();
  for (const id of ids) {
    const name = keyClass.key(id);
    if (!KEY_NAME.test(name)) throw unusable(keyClass.name, name);
    const key = redisKey(keyPrefix, name);
    if (!idByKey.has(key)) idByKey.set(key, id);
  }
  return { keyClass, load, idByKey };
}

export function keyOf<I, V>(keyPrefix: string, keyClass: KeyClass<I, V>, id: I): string {
  return redisKey(keyPrefix, keyClass.key(id));
}

/** Braces make the key a Redis Cluster hash tag: what is derived from it lies in its slot. */
export function redisKey(keyPrefix: string, name: string): string {
  return `${keyPrefix}{${name}}`;
}

function unusable(keyClass: string, name: string): InvalidDefinition {
  const shown = JSON.stringify(name.slice(0, 60).toWellFormed());
  return new InvalidDefinition(
    `Key class "${keyClass}": key ${shown} must be 1 to 512 characters without spaces or braces.`,
  );
}

export function tagsOf<I, V>({ keyClass, idByKey }: Batch<I, V>, key: string): readonly string[] {
  return keyClass.tags(idByKey.get(key) as I);
}

/** The tags of all the keys, each once. @throws InvalidDefinition for a tag that is none. */
export function allTagsOf<I, V>(batch: Batch<I, V>, keys: readonly string[]): readonly string[] {
  return checkedTags(keys.flatMap((key) => tagsOf(batch, key)));
}

/** The tags, each once. @throws InvalidDefinition for one that is empty, too long, or has a space or a brace in it. */
export function checkedTags(tags: readonly string[]): readonly string[] {
  for (const tag of tags) {
    if (TAG.test(tag)) continue;
    throw new InvalidDefinition(
      `Tag ${JSON.stringify(tag.slice(0, 60).toWellFormed())} must be 1 to 200 characters without spaces or braces.`,
    );
  }
  return [...new Set(tags)];
}

/** The outcome of each key of one load, whatever the load does: reject, or leave an id out. */
export async function runLoad<I, V>(
  { idByKey, load }: Batch<I, V>,
  keys: readonly string[],
): Promise<ReadonlyMap<string, LoadOutcome<V>>> {
  const ids = keys.map((key) => idByKey.get(key) as I);
  // In a function of its own, so that a load that throws before it gives a promise is one that rejects.
  const outcomeOf = await (async () => load(ids))().then(
    (loaded) => (id: I) =>
      loaded.has(id)
        ? (loaded.get(id) as LoadOutcome<V>)
        : new Error('the load returned no outcome for an id'),
    (cause: unknown) => () => (cause instanceof Error ? cause : new Error('the load failed', { cause })),
  );
  return new Map(keys.map((key) => [key, outcomeOf(idByKey.get(key) as I)]));
}
