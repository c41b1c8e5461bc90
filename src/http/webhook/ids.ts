/** The rule for an id, as it follows the name of its field. */
export const ID_FAULT = 'must be a whole number from 0 to 2147483647, as a number or in decimal digits';

const MAX_ID = 2 ** 31 - 1;
const DIGITS = /^(0|[1-9]\d{0,9})$/;

/** Undefined for an invalid id. */
export function idOf(given: unknown): number | undefined {
  const id = typeof given === 'string' && DIGITS.test(given) ? Number(given) : given;
  return typeof id === 'number' && Number.isInteger(id) && id >= 0 && id <= MAX_ID ? id : undefined;
}

/** The ids, or the index of the first invalid one. Reading stops there, because there may be millions. */
export function idsOf(given: readonly unknown[]): readonly number[] | { readonly faultAt: number } {
  const ids: number[] = [];
  for (const each of given) {
    const id = idOf(each);
    if (id === undefined) return { faultAt: ids.length };
    ids.push(id);
  }
  return ids;
}
