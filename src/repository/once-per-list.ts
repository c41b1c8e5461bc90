/**
 * Computes something of a list once. Lists are immutable and shared by all readers of their entry, so the result lives
 * as long as the list.
 */
export function oncePerList<L extends object, R extends NonNullable<unknown>>(
  compute: (list: L) => R,
): (list: L) => R {
  const known = new WeakMap<L, R>();
  return (list) => {
    const result = known.get(list) ?? compute(list);
    known.set(list, result);
    return result;
  };
}
