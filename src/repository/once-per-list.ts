import type { MaybePromise } from '../domain/maybe-promise.ts';

/**
 * Computes something of a list once. Lists are immutable and shared by all readers of their entry, so the result lives
 * as long as the list.
 */
export function oncePerList<L extends object, R extends NonNullable<unknown>>(
  compute: (list: L) => R,
): (list: L) => R {
  const known = new WeakMap<L, R>();
  return (list) => {
    const held = known.get(list);
    if (held !== undefined) return held;
    const result = compute(list);
    known.set(list, result);
    return result;
  };
}

/** The value of the name, or its promise while it is being made. It is made once, and again if that failed. */
export function onceMade<K, V extends NonNullable<unknown>>(
  known: {
    get(name: K): MaybePromise<V> | undefined;
    set(name: K, value: MaybePromise<V>): unknown;
    delete(name: K): unknown;
  },
  name: K,
  make: () => MaybePromise<V>,
): MaybePromise<V> {
  const held = known.get(name);
  if (held !== undefined) return held;
  const made = make();
  known.set(name, made);
  if (!(made instanceof Promise)) return made;
  made.then(
    (value) => known.set(name, value),
    () => known.delete(name),
  );
  return made;
}
