import type { MaybePromise } from '../domain/maybe-promise.ts';

/** Computes something of an immutable object once, such as a list of an entry. The result lives as long as the object. */
export function oncePerObject<O extends object, R extends NonNullable<unknown>>(
  compute: (object: O) => R,
): (object: O) => R {
  const known = new WeakMap<O, R>();
  return (object) => {
    const held = known.get(object);
    if (held !== undefined) return held;
    const result = compute(object);
    known.set(object, result);
    return result;
  };
}

/** The value of the number, made once as long as it is remembered. Up to `max` values are. */
export function remembered<V extends NonNullable<unknown>>(
  known: Map<number, V>,
  max: number,
  number: number,
  make: () => V,
): V {
  const held = known.get(number);
  if (held !== undefined) return held;
  const made = make();
  if (known.size >= max) known.clear();
  known.set(number, made);
  return made;
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
