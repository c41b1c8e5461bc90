import { LRUCache } from 'lru-cache';
import { type Cache, defineKeyClass, type KeyClass, NotCached } from '../../../cache/index.ts';

/** Documents that clients have registered, by the SHA-256 of their text in hexadecimal. */
export interface DocumentStore {
  /** Its text, which is then kept for a week. */
  get(hash: string): Promise<string | undefined>;
  /** Keeps it for a day, at once in this process, and in a while for the others. */
  set(hash: string, text: string): void;
}

// A client sends the text again when its hash is not known any more. Who registers without ever asking by the hash fills
// Redis for no longer than a day.
const DAY_MS = 24 * 60 * 60_000;
const REGISTERED_MS = DAY_MS;
const USED_MS = 7 * DAY_MS;
const MAX_USED = 10_000;
const MOST_BYTES = 128 * 1024;

/** Shared by all processes: a client may register with one and ask another. Documents never change, so they have no tags. */
export function createDocumentStore(cache: Pick<Cache, 'get' | 'set' | 'stamp'>): DocumentStore {
  const registered = defineDocuments(REGISTERED_MS);
  const used = defineDocuments(USED_MS);
  // Those that this process has kept for a week again on the day.
  const renewed = new LRUCache<string, true>({ max: MAX_USED, ttl: DAY_MS });
  return {
    async get(hash) {
      try {
        const text = await cache.get(used, hash, notLoaded, { mode: 'cache-only' });
        if (!renewed.has(hash)) keep(used, hash, text);
        renewed.set(hash, true, { noUpdateTTL: true });
        return text;
      } catch (error) {
        if (error instanceof NotCached) return undefined;
        throw error;
      }
    },
    set: (hash, text) => keep(registered, hash, text),
  };

  function keep(documents: KeyClass<string, string>, hash: string, text: string): void {
    // Neither rejects: Redis may be away, which is reported.
    void cache.stamp(documents, [hash]).then((stamp) => cache.set(documents, new Map([[hash, text]]), stamp));
  }
}

function defineDocuments(keptMs: number): KeyClass<string, string> {
  return defineKeyClass<string, string>({
    name: 'documents',
    key: (hash) => `document_${hash}`,
    tags: () => [],
    policy: { freshMs: keptMs, staleMs: keptMs, maxBytes: MOST_BYTES },
    codec: { toJson: (text) => text, fromJson: String },
  });
}

function notLoaded(): Promise<never> {
  return Promise.reject(new NotCached('the document is not registered'));
}
