import type { Clock } from '../clock.ts';
import type { MemoryStore } from '../memory/memory-store.ts';
import { type Entry, freshness } from './entry.ts';
import type { ReadOptions } from './read-options.ts';

/** Whether the entry is too old for the read: by its age, or by how long it stays fresh. */
export function isTooOld(entry: Entry<unknown>, read: ReadOptions, readAt: number): boolean {
  return isOverAge(entry, read, readAt) || endsTooSoon(entry, read, readAt);
}

/** Whether the load of the entry began longer ago than the read accepts, or at an unknown time. */
export function isOverAge(entry: Entry<unknown>, { maxAgeMs }: ReadOptions, readAt: number): boolean {
  if (maxAgeMs === undefined) return false;
  return entry.isAgeUnknown === true || readAt - entry.loadBeganAt > maxAgeMs;
}

/** Whether the entry is fresh for less time than the read requires. */
export function endsTooSoon(entry: Entry<unknown>, { freshForMs }: ReadOptions, readAt: number): boolean {
  return freshForMs !== undefined && entry.freshUntil - readAt < freshForMs;
}

/**
 * `miss`: the read waits, for the load of another process too. `force`: the read wants a newer entry than there is.
 * `background`: nobody waits, and there is nothing to do while another process loads.
 */
export type LoadMode = 'miss' | 'force' | 'background';

/** Whether an entry of Redis satisfies a load of this process, in place of a value from the source. */
export type IsAcceptable = (key: string, entry: Entry<unknown> | null) => entry is Entry<unknown>;

/**
 * The rule for one load of the keys. `maxAgeMs` is the age up to which a `force` accepts the first entry that it finds,
 * in milliseconds; with 0 it accepts none. The other modes go by freshness alone.
 */
export function createIsAcceptable(
  mode: LoadMode,
  keys: readonly string[],
  maxAgeMs: number,
  { memory, clock }: { readonly memory: MemoryStore; readonly clock: Clock },
): IsAcceptable {
  const startedAt = clock.monotonic();
  const seen = new Map<string, number | null>();
  // A background load replaces the entry that memory has now. That may be fresh, and be found fresh in Redis again.
  if (mode === 'background') for (const key of keys) seen.set(key, loadBeganAt(memory.get(key)));

  return (key, entry): entry is Entry<unknown> => {
    if (mode === 'force' && !seen.has(key)) {
      // From then on it accepts an entry of another process only if that came after this first look.
      seen.set(key, loadBeganAt(entry));
      return entry !== null && isNewEnough(entry);
    }
    if (entry === null) return false;
    if (mode === 'miss') return freshness(entry, clock.monotonic()) !== 'dead';
    if (mode === 'background' && freshness(entry, clock.monotonic()) !== 'fresh') return false;
    return seen.get(key) !== loadBeganAt(entry);
  };

  function isNewEnough(entry: Entry<unknown>): boolean {
    if (maxAgeMs === 0 || entry.isAgeUnknown) return false;
    const isYoung = startedAt - entry.loadBeganAt <= maxAgeMs;
    return isYoung && freshness(entry, clock.monotonic()) === 'fresh';
  }
}

function loadBeganAt(entry: Entry<unknown> | null | undefined): number | null {
  return entry?.stored.loadBeganAt ?? null;
}
