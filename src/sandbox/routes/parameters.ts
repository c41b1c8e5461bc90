import { parseTime } from '../data/local-time.ts';

/** Query or path parameters that cannot be read: for each, what is wrong with it. */
export class InvalidParameters extends Error {
  override name = 'InvalidParameters' as const;
  readonly errors: Readonly<Record<string, readonly string[]>>;

  constructor(errors: Readonly<Record<string, readonly string[]>>) {
    super(`invalid parameters: ${Object.keys(errors).join(', ')}`);
    this.errors = errors;
  }
}

/** The value that a parameter's text stands for, or null where it stands for none. */
type Parse<T> = (text: string) => T | null;

export const text: Parse<string> = (value) => value;

export const int32: Parse<number> = (value) => {
  const number = /^[+-]?\d{1,10}$/.test(value) ? Number(value) : Number.NaN;
  return number === (number | 0) ? number : null;
};

export const positive: Parse<number> = (value) => {
  const number = int32(value);
  return number !== null && number >= 1 ? number : null;
};

export const flag: Parse<boolean> = (value) => (/^(true|false)$/i.test(value) ? /^t/i.test(value) : null);

/** Milliseconds since the epoch. */
export const time: Parse<number> = parseTime;

type Values<P extends Record<string, Parse<unknown>>> = {
  readonly [Name in keyof P]: P[Name] extends Parse<infer T> ? readonly T[] : never;
};

/**
 * All values of each known parameter. Names match in any case, and unknown ones are ignored, as in ASP.NET.
 * @throws InvalidParameters with every value that cannot be read.
 */
export function readParameters<const P extends Record<string, Parse<unknown>>>(
  known: P,
  given: Iterable<readonly [string, string]>,
): Values<P> {
  const byName = new Map(Object.keys(known).map((name) => [name.toLowerCase(), name]));
  const values: Record<string, unknown[]> = Object.fromEntries(Object.keys(known).map((name) => [name, []]));
  const errors: Record<string, string[]> = {};
  for (const [givenName, value] of given) {
    const name = byName.get(givenName.toLowerCase());
    if (name === undefined) continue;
    const parsed = known[name]?.(value);
    if (parsed == null) {
      errors[name] ??= [];
      errors[name].push(`The value '${value}' is not valid for ${name}.`);
    } else values[name]?.push(parsed);
  }
  if (Object.keys(errors).length > 0) throw new InvalidParameters(errors);
  return values as unknown as Values<P>;
}
