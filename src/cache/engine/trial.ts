import type { Clock } from '../clock.ts';
import type { Report } from '../events.ts';
import type { MemoryStore } from '../memory/memory-store.ts';
import { type Entry, freshness, isDueEarly } from './entry.ts';
import type { Generations } from './generations.ts';
import { type KeyClass, keyOf } from './key-class.ts';
import { isCounted } from './lookup.ts';
import type { Popularity } from './popularity.ts';
import { isTooOld, type ReadOptions, type RecordedEntry } from './read-options.ts';

/**
 * Reads that memory must answer at once, from entries that are fresh and trusted. A read that it cannot answer throws
 * NotAtOnce: the caller starts over, with reads that may wait. Until the commit the reads leave no trace: no event, no
 * popularity, no refresh.
 */
export interface Trial {
  /** Records and counts each read. `load` refreshes an entry that is due early; null refreshes none. */
  get<I, V>(keyClass: KeyClass<I, V>, id: I, load: ((id: I) => Promise<V>) | null, read: ReadOptions): V;
  /** Ends the trial: for a read that has to wait. */
  refuse(): never;
  /** Runs at the commit. */
  onCommit(work: () => void): void;
  commit(): void;
}

/** Memory cannot answer a read of a trial. */
export class NotAtOnce extends Error {
  override name = 'NotAtOnce' as const;
}

// Always the same, without a stack: a trial ends so whenever anything is missing, and nobody sees it.
const NOT_AT_ONCE = withoutStack(new NotAtOnce('memory cannot answer this read'));

export interface TrialsOptions {
  readonly keyPrefix: string;
  readonly memory: MemoryStore;
  readonly generations: Generations;
  readonly popularity: Popularity;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly report: Report;
  /** Refreshes one entry that is due early, in the background. */
  readonly refreshEarly: <I, V>(keyClass: KeyClass<I, V>, id: I, load: (id: I) => Promise<V>) => void;
}

export function createTrials(options: TrialsOptions): () => Trial {
  const { keyPrefix, memory, generations, popularity, clock, random, report, refreshEarly } = options;

  const keyNamer = createKeyNamer(keyPrefix);
  // The verdict is kept: most entries are read many times an epoch.
  const verified = new WeakMap<Entry<unknown>, { readonly epoch: number; readonly until: number }>();

  return () => {
    const now = clock.monotonic();
    const found = new Map<string, Entry<unknown>>();
    const counted: RecordedEntry[] = [];
    const works: (() => void)[] = [];
    return {
      get<I, V>(keyClass: KeyClass<I, V>, id: I, load: ((id: I) => Promise<V>) | null, read: ReadOptions): V {
        const key = keyNamer(keyClass, id);
        const known = found.get(key) as Entry<V> | undefined;
        const entry = known ?? memory.get<V>(key);
        const isGood =
          entry && freshness(entry, now) === 'fresh' && isTrusted(entry, now) && !isTooOld(entry, read, now);
        if (!isGood) throw NOT_AT_ONCE;
        if (!known && load && isDueEarly(entry, now, random))
          works.push(() => refreshEarly(keyClass, id, load));
        found.set(key, entry);
        const recorded: RecordedEntry = { entry, keyClass: keyClass.name, key, tier: 'memory' };
        if (isCounted(read)) counted.push(recorded);
        read.record?.(recorded);
        return entry.value;
      },
      refuse() {
        throw NOT_AT_ONCE;
      },
      onCommit: (work) => void works.push(work),
      commit() {
        for (const [keyClass, { length: count }] of Map.groupBy(counted, (each) => each.keyClass))
          report({ type: 'hit-memory', keyClass, count });
        for (const { entry } of counted) popularity.note(entry.tags);
        for (const work of works) work();
      },
    };
  };

  function isTrusted(entry: Entry<unknown>, now: number): boolean {
    const known = verified.get(entry);
    if (known && known.epoch === generations.epoch && now < known.until) return true;
    if (generations.judge(entry) !== 'valid') return false;
    // An entry of unknown generations is judged each time.
    if (!('sequence' in entry.generations))
      verified.set(entry, { epoch: generations.epoch, until: generations.trustedUntil(entry.tags) });
    return true;
  }
}

// About 100 bytes each.
const MAX_KEYS = 50_000;

/** Names the keys of primitive ids with the same strings each time: a new string is hashed at every lookup. */
function createKeyNamer(keyPrefix: string): <I, V>(keyClass: KeyClass<I, V>, id: I) => string {
  const keys = new Map<string, Map<unknown, string>>();
  let count = 0;
  return (keyClass, id) => {
    const known = keys.get(keyClass.name)?.get(id);
    if (known !== undefined) return known;
    const key = keyOf(keyPrefix, keyClass, id);
    if (typeof id === 'object') return key;
    if (count >= MAX_KEYS) {
      keys.clear();
      count = 0;
    }
    const ofClass = keys.get(keyClass.name) ?? new Map<unknown, string>();
    keys.set(keyClass.name, ofClass.set(id, key));
    count += 1;
    return key;
  };
}

function withoutStack<E extends Error>(error: E): E {
  error.stack = undefined as never;
  return Object.freeze(error);
}
