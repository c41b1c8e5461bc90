/** The values of the simulated cache: items by number. */
export const KEY_PREFIX = 's_';

export const IDS = [1, 2, 3] as const;

export function keyOfId(id: number): string {
  return `${KEY_PREFIX}{item_${id}}`;
}

/** The key of the response to the query over the ids. */
export function queryOf(ids: readonly number[]): string {
  return ids.join('_');
}

export function tagsOfKey(key: string): readonly string[] {
  return [`item:${/\d+/.exec(key)?.[0]}`, 'all'];
}

export function leaseKeyOf(key: string): string {
  return `${key}:lease`;
}

export function generationKeysOf(key: string): readonly string[] {
  return tagsOfKey(key).map((tag) => `${KEY_PREFIX}generation:{${tag}}`);
}

/** Keys of all generations. */
export function allGenerationKeys(): readonly string[] {
  return [...new Set(IDS.flatMap((id) => generationKeysOf(keyOfId(id))))];
}

/** Whether the key has one of the tags. */
export function concerns(tags: readonly string[], key: string): boolean {
  return tagsOfKey(key).some((tag) => tags.includes(tag));
}
