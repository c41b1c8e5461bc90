import type { Cache, KeyClass, RecordedEntry } from '../cache/index.ts';
import type { Read } from './read.ts';

/** A thing that has an entry of its own, and how that is loaded. */
interface Own<T> {
  readonly keyClass: KeyClass<number, T | null>;
  readonly id: number;
  readonly load: (id: number) => Promise<T | null>;
}

/** A list that may hold the thing, and how to find the thing in it. */
interface List<I, L, T> {
  readonly keyClass: KeyClass<I, L>;
  readonly id: I;
  readonly pick: (list: L) => T | undefined;
}

/**
 * A thing by its id, from a list that holds it or from its own entry. A fresh list answers for what it holds. What it
 * lacks may be newer than the list, so the thing's own entry decides. Where that cannot be loaded, a list of any age
 * stands until it is dead.
 *
 * @throws what `own.load` threw, where no list holds the thing.
 */
export async function findListed<T, I, L>(
  cache: Pick<Cache, 'get' | 'peek'>,
  own: Own<T>,
  list: List<I, L, T> | undefined,
  read: Read,
): Promise<T | null> {
  const fresh = list && (await cache.peek(list.keyClass, list.id, read));
  const listed = fresh && list.pick(fresh);
  if (listed) return listed;
  try {
    return await cache.get(own.keyClass, own.id, own.load, read);
  } catch (cause) {
    const stale = list && (await findHeld(cache, list, read));
    if (stale) return stale;
    throw cause;
  }
}

/** The thing from a list that is not dead. The list is recorded only where it holds the thing. */
async function findHeld<T, I, L>(
  cache: Pick<Cache, 'peek'>,
  { keyClass, id, pick }: List<I, L, T>,
  { budget, record }: Read,
): Promise<T | undefined> {
  const recorded: RecordedEntry[] = [];
  const note = (entry: RecordedEntry) => void recorded.push(entry);
  const list = await cache.peek(keyClass, id, { budget, mode: 'cache-only', record: note });
  const found = list && pick(list);
  if (found) for (const entry of recorded) record?.(entry);
  return found;
}
