import type { z } from 'zod';

/** A change that somebody asked for and that is wrong; the message names what and its bounds. */
export class InvalidInput extends Error {
  override name = 'InvalidInput' as const;
}

/** The seller or catalog to change is not there. */
export class UnknownRecord extends Error {
  override name = 'UnknownRecord' as const;
}

/**
 * The input as the schema reads it.
 * @throws InvalidInput with all faults, each with the name of its field.
 */
export function checked<T>(schema: z.ZodType<T>, input: unknown): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const faults = result.error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => `${[...issue.path, key].join('.')} is not a known field`);
    }
    return `${issue.path.join('.') || 'the input'} ${issue.message}`;
  });
  throw new InvalidInput([...new Set(faults)].join('; '));
}
