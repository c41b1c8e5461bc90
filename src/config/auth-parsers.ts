import { z } from 'zod';
import { TOKEN_ALGORITHMS, type TokenAlgorithm } from '../auth/token-api.ts';
import { InvalidTrustedProxy, parseTrustedProxies } from '../http/auth/client-address.ts';

// Parsers of the variables of authentication. An error message follows the name of the variable.

/** With several secrets, a rotation refuses no delivery. */
export function webhookSecrets() {
  return secrets(16);
}

/** The one secret of a sender. */
export function signingSecret() {
  return z
    .string()
    .regex(/^[^\s,]{16,}$/, { error: 'must have at least 16 characters, without spaces and commas' })
    .optional();
}

export function sessionSecrets() {
  return secrets(32);
}

function secrets(minLength: number) {
  return list()
    .refine((each) => each.every((secret) => secret.length >= minLength && !/\s/.test(secret)), {
      error: `must be secrets of at least ${minLength} characters without spaces, separated by commas`,
    })
    .default([]);
}

/** Names without spaces around them. */
export function names() {
  return list()
    .refine((each) => each.every((name) => name !== ''), {
      error: 'must be names separated by commas, none of them empty',
    })
    .default([]);
}

export function algorithms() {
  return list()
    .refine(
      (each): each is TokenAlgorithm[] =>
        each.every((name) => (TOKEN_ALGORITHMS as readonly string[]).includes(name)),
      {
        error: `must be names from ${TOKEN_ALGORITHMS.join(', ')}, separated by commas`,
      },
    )
    .default(['RS256', 'PS256', 'ES256', 'EdDSA']);
}

export function trustedProxies() {
  return z
    .string()
    .transform((value, context) => {
      try {
        return parseTrustedProxies(value);
      } catch (error) {
        if (!(error instanceof InvalidTrustedProxy)) throw error;
        context.addIssue({ code: 'custom', message: error.message });
        return z.NEVER;
      }
    })
    .default([]);
}

function list() {
  return z.string().transform((value) => value.split(',').map((each) => each.trim()));
}
