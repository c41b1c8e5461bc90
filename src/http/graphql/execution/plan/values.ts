import { Bail } from './bail.ts';

const UNUSUAL = 'value' as const;

export function isThenable(value: unknown): boolean {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

/** The value, which can have fields. @throws Bail for an error, a promise, or a value that is not an object. */
export function checkObject(value: unknown): object {
  if (typeof value !== 'object' || value === null) throw new Bail(UNUSUAL);
  if (value instanceof Error || isThenable(value)) throw new Bail(UNUSUAL);
  return value;
}

/** The value, which is a list. @throws Bail for other iterables too, which the reference executor takes. */
export function checkList(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Bail(UNUSUAL);
  return value;
}

/** @throws Bail */
export function refuseNull(): never {
  throw new Bail(UNUSUAL);
}
