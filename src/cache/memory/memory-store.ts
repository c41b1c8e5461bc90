import { LRUCache } from 'lru-cache';
import { type Entry, isSameLoad } from '../engine/entry.ts';

/** The tier in the process. It keeps entries decoded. */
export interface MemoryStore {
  get<V>(key: string): Entry<V> | undefined;
  /**
   * Keeps the entry, unless the store has one whose load began later. The entry that it had `before` the value was loaded is
   * always older, even if the clock of another process says otherwise.
   */
  set(key: string, entry: Entry<unknown>, before?: Entry<unknown>): void;
  usage(): MemoryUsage;
}

/** How much a store in the process holds. */
export interface MemoryUsage {
  /** About how much heap its items take. The store is bounded by this. */
  readonly bytes: number;
  readonly items: number;
}

// Measured on lists of catalogs and on absent values: objects and strings take about four times the bytes of their JSON.
// An entry itself, with its place in the index, takes a few hundred bytes.
const HEAP_PER_BYTE = 4;
const HEAP_PER_ENTRY = 400;

/** Keeps entries of up to about `maxBytes` of heap together, and evicts the least recently used. Keeps no larger entry. */
export function createMemoryStore(maxBytes: number): MemoryStore {
  const entries = new LRUCache<string, Entry<unknown>>({
    maxSize: maxBytes,
    sizeCalculation: ({ bytes }, key) => HEAP_PER_ENTRY + HEAP_PER_BYTE * (bytes + key.length),
  });
  return {
    // A key belongs to one key class, so its value has the type of that class.
    get: <V>(key: string) => entries.get(key) as Entry<V> | undefined,
    set(key, entry, before) {
      // A slow reply of Redis must not bring back an entry that a load has replaced meanwhile.
      const current = entries.peek(key);
      const isNewer = !current || current === before || current.loadBeganAt <= entry.loadBeganAt;
      // The age of the same load is known better now.
      if (isNewer || isSameLoad(current.stored, entry.stored)) entries.set(key, entry);
    },
    usage: () => ({ bytes: entries.calculatedSize, items: entries.size }),
  };
}
