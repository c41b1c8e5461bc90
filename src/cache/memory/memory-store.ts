import { LRUCache } from 'lru-cache';
import { type Entry, isSameLoad } from '../engine/entry.ts';

/** The tier in the process: it keeps entries decoded, and answers at once. */
export interface MemoryStore {
  get<V>(key: string): Entry<V> | undefined;
  /**
   * Keeps the entry, unless it holds one whose load began later. One that it held already `before` the value came
   * from the source is older than that, even where another process's clock says otherwise.
   */
  set(key: string, entry: Entry<unknown>, before?: Entry<unknown>): void;
  usage(): MemoryUsage;
}

/** What a store in the process holds. */
export interface MemoryUsage {
  /** About how much heap its items take, by which the store is bounded. */
  readonly bytes: number;
  readonly items: number;
}

// Measured on lists of catalogs and on remembered absences: objects and strings take about four times the bytes of
// their JSON, and an entry by itself, with its place in the index, a few hundred.
const HEAP_PER_BYTE = 4;
const HEAP_PER_ENTRY = 400;

/**
 * Holds entries up to about `maxBytes` of heap together, least recently used out first. One that is larger than that
 * by itself is not kept.
 */
export function createMemoryStore(maxBytes: number): MemoryStore {
  const entries = new LRUCache<string, Entry<unknown>>({
    maxSize: maxBytes,
    sizeCalculation: ({ bytes }, key) => HEAP_PER_ENTRY + HEAP_PER_BYTE * (bytes + key.length),
  });
  return {
    // A key belongs to one key class, so its value has that class's type.
    get: <V>(key: string) => entries.get(key) as Entry<V> | undefined,
    set(key, entry, before) {
      // A slow answer from Redis must not bring back what a load has replaced meanwhile.
      const held = entries.peek(key);
      const isNewer = !held || held === before || held.loadBeganAt <= entry.loadBeganAt;
      // Of the same load the later look knows the age better.
      if (isNewer || isSameLoad(held.stored, entry.stored)) entries.set(key, entry);
    },
    usage: () => ({ bytes: entries.calculatedSize, items: entries.size }),
  };
}
