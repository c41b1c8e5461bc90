import { InvalidDefinition, type KeyClass } from './key-class.ts';

/** A value, or why there is none. */
export type LoadOutcome<V> = V | Error;

/** Loads what the cache does not have: one outcome for each id. A rejection is the outcome of all ids. */
export type Load<I, V> = (ids: readonly I[]) => Promise<ReadonlyMap<I, LoadOutcome<V>>>;

/** The keys of one read, their ids, and how to load them. */
export interface Batch<I = unknown, V = unknown> {
  readonly keyClass: KeyClass<I, V>;
  /** If several ids have the same key, the first is loaded for all. */
  readonly idByKey: ReadonlyMap<string, I>;
  readonly load: Load<I, V>;
}

const KEY_NAME = /^[^\s{}]{1,512}$/;
const TAG = /^[^\s{}]{1,200}$/;

/** @throws InvalidDefinition for a key that Redis could not find again, or that would not be in its own cluster slot. */
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

/** Braces make the key a Redis Cluster hash tag, so that its lease is in the same slot. */
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

/** The tags of all the keys, each once. @throws InvalidDefinition for an invalid tag. */
export function allTagsOf<I, V>(batch: Batch<I, V>, keys: readonly string[]): readonly string[] {
  return checkedTags(keys.flatMap((key) => tagsOf(batch, key)));
}

/** The tags, each once. @throws InvalidDefinition for a tag that is empty, too long, or has a space or brace in it. */
export function checkedTags(tags: readonly string[]): readonly string[] {
  for (const tag of tags) {
    if (TAG.test(tag)) continue;
    throw new InvalidDefinition(
      `Tag ${JSON.stringify(tag.slice(0, 60).toWellFormed())} must be 1 to 200 characters without spaces or braces.`,
    );
  }
  return [...new Set(tags)];
}

/** The outcome of each key of one load. A load that rejects or leaves an id out fails those keys. */
export async function runLoad<I, V>(
  { idByKey, load }: Batch<I, V>,
  keys: readonly string[],
): Promise<ReadonlyMap<string, LoadOutcome<V>>> {
  const ids = keys.map((key) => idByKey.get(key) as I);
  // Called in an async function, so that a load that throws synchronously counts as one that rejects.
  const outcomeOf = await (async () => load(ids))().then(
    (loaded) => (id: I) =>
      loaded.has(id)
        ? (loaded.get(id) as LoadOutcome<V>)
        : new Error('the load returned no outcome for an id'),
    (cause: unknown) => () => (cause instanceof Error ? cause : new Error('the load failed', { cause })),
  );
  return new Map(keys.map((key) => [key, outcomeOf(idByKey.get(key) as I)]));
}
