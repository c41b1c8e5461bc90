import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import { type KeyValue, type KeyValueDefinition, ValueTooLarge } from '../key-value.ts';

interface Kept {
  readonly value: string;
  /** By the monotonic clock. */
  readonly until: number;
}

// Together, unless one value may be larger than that.
const MEMORY_BYTES = 16 * 1024 * 1024;

/** The values of a process that has no Redis. They end with it, and the least recently used ones earlier if memory is short. */
export function createMemoryKeyValue({ maxBytes }: KeyValueDefinition, clock: Clock): KeyValue {
  const values = new LRUCache<string, Kept>({
    maxSize: Math.max(MEMORY_BYTES, maxBytes),
    sizeCalculation: ({ value }, key) => key.length + value.length + 1,
  });
  return {
    get: async (key) => find(key)?.value ?? null,
    has: async (key) => find(key) !== undefined,
    set,
    async setIfAbsent(key, value, ttlMs) {
      if (find(key)) return false;
      await set(key, value, ttlMs);
      return true;
    },
    setLocked: ({ key }, value, ttlMs) => set(key, value, ttlMs),
    async extendLocked({ key }, ttlMs) {
      const kept = find(key);
      if (kept) await set(key, kept.value, ttlMs);
      return kept ? 'extended' : 'absent';
    },
  };

  function find(key: string): Kept | undefined {
    const kept = values.get(key);
    return kept && clock.monotonic() < kept.until ? kept : undefined;
  }

  async function set(key: string, value: string, ttlMs: number): Promise<void> {
    if (value.length > maxBytes) throw new ValueTooLarge(`the value has more than ${maxBytes} bytes`);
    values.set(key, { value, until: clock.monotonic() + ttlMs });
  }
}
