import type { Codec } from './codec.ts';
import { type Entry, freshness } from './entry.ts';
import type { CacheEvent } from './events.ts';
import type { KeyClass } from './key-class.ts';
import type { MemoryStore } from './memory-store.ts';
import type { Fill, Found, Store } from './store.ts';

/** What a tier holds of some keys, by how far it may be used. */
export interface Holding<V> {
  readonly fresh: ReadonlyMap<string, Entry<V>>;
  readonly stale: ReadonlyMap<string, Entry<V>>;
  readonly missing: readonly string[];
}

/** The two tiers, read by the clock and reported; a shared store that fails is one that holds nothing. */
export interface Tiers {
  readMemory<V>(keyClass: KeyClass<never, V>, keys: readonly string[]): Holding<V>;
  /** Keeps in memory what it found. */
  readShared<V>(keyClass: KeyClass<never, V>, keys: readonly string[]): Promise<Holding<V>>;
  /** In memory at once; the promise is for the shared store, and never rejects. */
  write(keyClass: { readonly name: string }, fills: readonly Fill<unknown>[]): Promise<void>;
}

export interface TiersOptions {
  readonly memory: MemoryStore;
  /** The tier that processes share, where there is one. */
  readonly shared: Store | null;
  readonly clock: { now(): number };
  readonly report: (event: CacheEvent) => void;
}

export function createTiers({ memory, shared, clock, report }: TiersOptions): Tiers {
  return {
    readMemory(keyClass, keys) {
      const holding = sort(keys, memory.read(keys, keyClass.codec), clock.now());
      count('hit-memory', keyClass, holding.fresh.size);
      return holding;
    },
    async readShared(keyClass, keys) {
      const found = await readOrReport(keyClass.codec, keyClass.name, keys);
      count('invalid-value', keyClass, found.filter((each) => each === 'invalid').length);
      const holding = sort(keys, found, clock.now());
      count('hit-redis', keyClass, holding.fresh.size);
      memory.write([...holding.fresh, ...holding.stale].map(([key, entry]) => ({ key, entry })));
      return holding;
    },
    async write(keyClass, fills) {
      memory.write(fills);
      try {
        await shared?.write(fills);
      } catch (cause) {
        report({ type: 'store-failed', keyClass: keyClass.name, operation: 'write', cause });
      }
    },
  };

  async function readOrReport<V>(
    codec: Codec<V>,
    keyClass: string,
    keys: readonly string[],
  ): Promise<readonly Found<V>[]> {
    try {
      return shared && keys.length > 0 ? await shared.read(keys, codec) : keys.map(() => 'absent');
    } catch (cause) {
      report({ type: 'store-failed', keyClass, operation: 'read', cause });
      return keys.map(() => 'absent');
    }
  }

  function count(
    type: 'hit-memory' | 'hit-redis' | 'invalid-value',
    { name }: { name: string },
    count: number,
  ) {
    if (count > 0) report({ type, keyClass: name, count });
  }
}

function sort<V>(keys: readonly string[], found: readonly Found<V>[], now: number): Holding<V> {
  const fresh = new Map<string, Entry<V>>();
  const stale = new Map<string, Entry<V>>();
  const missing: string[] = [];
  keys.forEach((key, index) => {
    const entry = found[index];
    const state = typeof entry === 'object' ? freshness(entry, now) : 'dead';
    if (state === 'dead') missing.push(key);
    else (state === 'fresh' ? fresh : stale).set(key, entry as Entry<V>);
  });
  return { fresh, stale, missing };
}
