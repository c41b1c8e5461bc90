import type { Recording } from '../../repository/index.ts';

/** The response with the entries that it depends on in `extensions.cache`: times in whole seconds, negative if past. */
export function withDebug(bytes: Buffer, { entries, cached }: Recording, now: number): Buffer {
  const response = JSON.parse(bytes.toString());
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
  return Buffer.from(JSON.stringify({ ...response, extensions: { ...response.extensions, cache } }));
}
