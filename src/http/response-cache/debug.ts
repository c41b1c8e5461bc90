import type { Recording } from '../../repository/index.ts';

/** The response with the entries that it depends on in `extensions.cache`: times in whole seconds, negative if past. */
export function withDebug(text: string, { entries, cached }: Recording, now: number): string {
  const response = JSON.parse(text);
  const cache = {
    cacheable: cached,
    entries: entries.map(({ entry, keyClass, key, tier }) => ({
      class: keyClass,
      key,
      tier,
      age: Math.floor((now - entry.loadBeganAt) / 1000),
      ttl: Math.floor((entry.freshUntil - now) / 1000),
    })),
  };
  return JSON.stringify({ ...response, extensions: { ...response.extensions, cache } });
}
