import type { Clock } from '../clock.ts';
import type { MemoryStore } from '../memory/memory-store.ts';
import { type Entry, freshness } from './entry.ts';

/**
 * `miss`: the caller waits, for a load of another process too. `force`: it wants what is newer than it has.
 * `background`: nobody waits, and where another process loads already there is nothing to do.
 */
export type LoadMode = 'miss' | 'force' | 'background';

export interface WantsOptions {
  readonly memory: MemoryStore;
  readonly clock: Clock;
}

/** What one run takes from another process in the place of a load of its own. */
export interface Wants {
  /** Whether what Redis holds under the key is what the caller is here for. */
  areMet(key: string, entry: Entry<unknown> | null): entry is Entry<unknown>;
}

/**
 * `maxAgeMs` is how old an entry of Redis may be that a `refresh` takes, in milliseconds: 0, for a load that begins now,
 * takes none. The other purposes go by freshness alone.
 */
export function createWants(
  mode: LoadMode,
  keys: readonly string[],
  maxAgeMs: number,
  { memory, clock }: WantsOptions,
): Wants {
  const askedAt = clock.monotonic();
  const seen = new Map<string, number | null>();
  // What is renewed is what memory holds now; it may be fresh, and found fresh in Redis again.
  if (mode === 'background') for (const key of keys) seen.set(key, beginningOf(memory.get(key)));

  return {
    areMet(key, entry): entry is Entry<unknown> {
      if (mode === 'force' && !seen.has(key)) {
        // Who wants a load that begins now takes another's only where that came after the first look.
        seen.set(key, beginningOf(entry));
        return entry !== null && isNewEnough(entry);
      }
      if (entry === null) return false;
      if (mode === 'miss') return freshness(entry, clock.monotonic()) !== 'dead';
      if (mode === 'background' && freshness(entry, clock.monotonic()) !== 'fresh') return false;
      return seen.get(key) !== beginningOf(entry);
    },
  };

  function isNewEnough(entry: Entry<unknown>): boolean {
    if (maxAgeMs === 0 || entry.isAgeUnknown) return false;
    const isYoung = askedAt - entry.loadBeganAt <= maxAgeMs;
    return isYoung && freshness(entry, clock.monotonic()) === 'fresh';
  }
}

function beginningOf(entry: Entry<unknown> | null | undefined): number | null {
  return entry?.stored.loadBeganAt ?? null;
}
