import { LRUCache } from 'lru-cache';
import type { CacheModule } from '../../../cache/index.ts';
import { documentKey } from '../../../repository/keys.ts';

/** Documents registered by clients, by the SHA-256 of their text in hexadecimal. */
export interface DocumentStore {
  /** The text, whose lifetime is extended to a week. Undefined if it is unknown, or Redis does not reply. */
  get(hash: string): Promise<string | undefined>;
  /** Stores the text for a day: in this process at once, for the others as soon as Redis has it. */
  set(hash: string, text: string): void;
}

// A client sends the text again if its hash is unknown. A text that is never requested by its hash stays in Redis for a day
// at most.
const DAY_MS = 24 * 60 * 60_000;
const REGISTERED_MS = DAY_MS;
const USED_MS = 7 * DAY_MS;
const MAX_BYTES = 128 * 1024;
const MEMORY_BYTES = 16 * 1024 * 1024;

interface Known {
  readonly text: string;
  /** Whether this process has extended its lifetime in Redis to a week. */
  readonly isRenewed: boolean;
}

/**
 * Shared by all processes: a client may register a document with one process and use it at another. Documents never
 * change, so a process keeps known documents in memory for a day, and does not read them from Redis.
 */
export function createDocumentStore(keyValue: CacheModule['keyValue']): DocumentStore {
  const stored = keyValue({ name: 'documents', maxBytes: MAX_BYTES });
  const known = new LRUCache<string, Known>({
    maxSize: MEMORY_BYTES,
    sizeCalculation: ({ text }, hash) => hash.length + text.length,
    maxEntrySize: MAX_BYTES,
    ttl: DAY_MS,
  });
  return {
    async get(hash) {
      const found = known.get(hash);
      const text = found?.text ?? (await stored.get(documentKey(hash)).catch(() => null));
      if (text === null) return undefined;
      if (!found?.isRenewed) keep(hash, text, USED_MS, true);
      return text;
    },
    set: (hash, text) => keep(hash, text, REGISTERED_MS, false),
  };

  function keep(hash: string, text: string, ttlMs: number, isRenewed: boolean): void {
    known.set(hash, { text, isRenewed });
    // The store reports a failure, which costs at most another registration.
    stored.set(documentKey(hash), text, ttlMs).catch(() => {});
  }
}
