import type { IncomingHttpHeaders } from 'node:http';
import type { Recording } from '../../repository/index.ts';

/** Whether the client asks what its answer is made of. */
export function asksDebug(headers: IncomingHttpHeaders): boolean {
  return headers['x-cache-debug'] === '1';
}

/** The answer with what it was made of in its `extensions.cache`: times in whole seconds, negative where they are over. */
export function withDebug(text: string, { entries, cached }: Recording, now: number): string {
  const answer = JSON.parse(text);
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
  return JSON.stringify({ ...answer, extensions: { ...answer.extensions, cache } });
}
