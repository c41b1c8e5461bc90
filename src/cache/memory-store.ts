import { LRUCache } from 'lru-cache';
import type { Codec } from './codec.ts';
import type { Entry } from './entry.ts';
import type { Fill, Found, Store } from './store.ts';

/** The tier in the process: it keeps entries decoded, and answers at once. */
export interface MemoryStore extends Store {
  read<V>(keys: readonly string[], codec: Codec<V>): readonly Found<V>[];
  write(fills: readonly Pick<Fill<unknown>, 'key' | 'entry'>[]): void;
}

/**
 * Holds entries up to `maxBytes` of their encoded form together, least recently used out first. One that is
 * larger than that by itself is not kept.
 */
export function createMemoryStore(maxBytes: number): MemoryStore {
  const entries = new LRUCache<string, Entry<unknown>>({
    maxSize: maxBytes,
    sizeCalculation: (entry, key) => entry.bytes + key.length,
  });
  return {
    // A key belongs to one key class, so its value has that class's type.
    read: <V>(keys: readonly string[]) => keys.map((key) => (entries.get(key) as Entry<V>) ?? 'absent'),
    write: (fills) => {
      for (const { key, entry } of fills) {
        // A slow read of the shared store must not bring back what a refresh has replaced meanwhile.
        const held = entries.peek(key);
        if (!held || held.loadBeganAt <= entry.loadBeganAt) entries.set(key, entry);
      }
    },
  };
}
