/** What an id has to be, said after the name of its field. */
export const ID_FAULT = 'must be a whole number from 0 to 2147483647, as a number or in decimal digits';

const GREATEST = 2 ** 31 - 1;
const DIGITS = /^(0|[1-9]\d{0,9})$/;

/** Undefined for what is no id. */
export function idOf(given: unknown): number | undefined {
  const id = typeof given === 'string' && DIGITS.test(given) ? Number(given) : given;
  return typeof id === 'number' && Number.isInteger(id) && id >= 0 && id <= GREATEST ? id : undefined;
}

/** The ids, or the place of the first that is none, past which nothing is looked at: there may be millions. */
export function idsOf(given: readonly unknown[]): readonly number[] | { readonly faultAt: number } {
  const ids: number[] = [];
  for (const each of given) {
    const id = idOf(each);
    if (id === undefined) return { faultAt: ids.length };
    ids.push(id);
  }
  return ids;
}
