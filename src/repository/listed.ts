import type { Cache, KeyClass, RecordedEntry } from '../cache/index.ts';
import type { MaybePromise } from '../domain/maybe-promise.ts';
import type { Read } from './read.ts';

/** A record with an entry of its own, and its load. */
interface Own<T> {
  readonly keyClass: KeyClass<number, T | null>;
  readonly id: number;
  readonly load: (id: number) => Promise<T | null>;
}

/** A list that may contain the record, and how to find the record in it. */
interface List<I, L, T> {
  readonly keyClass: KeyClass<I, L>;
  readonly id: I;
  readonly pick: (list: L) => T | undefined;
}

/**
 * A record by id, from a list that contains it or from its own entry. A fresh list is authoritative for its records. A
 * missing record may be newer than the list, so its own entry decides. If that cannot be loaded, a list of any age is
 * used until it is dead.
 *
 * @throws the error of `own.load` if no list contains the record.
 */
export function findListed<T, I, L>(
  cache: Pick<Cache, 'get' | 'peek'>,
  own: Own<T>,
  list: List<I, L, T> | undefined,
  read: Read,
): MaybePromise<T | null> {
  const { trial } = read;
  if (!trial) return find(cache, own, list, read);
  return (
    list?.pick(trial.get(list.keyClass, list.id, null, read)) ??
    trial.get(own.keyClass, own.id, own.load, read)
  );
}

async function find<T, I, L>(
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

/** The record from a list that is not dead. The list is recorded only if it contains the record. */
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
