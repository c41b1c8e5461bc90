import type { Cache } from '../../cache/cache.ts';
import { defineKeyClass } from '../../cache/key-class.ts';
import { NotCached } from '../../cache/read-options.ts';

/** Documents that clients have registered, by the SHA-256 of their text in hexadecimal. */
export interface DocumentStore {
  get(hash: string): Promise<string | undefined>;
  /** Keeps it, at once in this process, and in a while for the others. */
  set(hash: string, text: string): void;
}

// A client sends the text again when its hash is not known any more.
const KEPT_MS = 7 * 24 * 60 * 60_000;
const MOST_BYTES = 128 * 1024;

/** Shared by all processes: a client may register with one and ask another. Documents never change, so they have no tags. */
export function createDocumentStore(cache: Pick<Cache, 'get' | 'set' | 'stamp'>): DocumentStore {
  const documents = defineKeyClass<string, string>({
    name: 'documents',
    key: (hash) => `document_${hash}`,
    tags: () => [],
    policy: { freshMs: KEPT_MS, staleMs: KEPT_MS, maxBytes: MOST_BYTES },
    codec: { toJson: (text) => text, fromJson: String },
  });
  return {
    async get(hash) {
      try {
        return await cache.get(documents, hash, notLoaded, { freshness: 'cached-only' });
      } catch (error) {
        if (error instanceof NotCached) return undefined;
        throw error;
      }
    },
    set(hash, text) {
      // Neither rejects: Redis may be away, which is reported.
      void cache
        .stamp(documents, [hash])
        .then((stamp) => cache.set(documents, new Map([[hash, text]]), stamp));
    },
  };
}

function notLoaded(): Promise<never> {
  return Promise.reject(new NotCached('documents come from clients'));
}
