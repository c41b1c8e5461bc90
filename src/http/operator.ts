import { hash, timingSafeEqual } from 'node:crypto';
import { parse, visit } from 'graphql';
import { OPERATOR_FIELDS } from '../schema/index.ts';

/** Tells whether an Authorization header carries the admin token. */
export type TokenCheck = (authorization: string) => boolean;

/**
 * The token as a bearer token (RFC 6750), or as the password of whatever user name (RFC 7617), which is what a browser's
 * own dialog sends.
 */
export function createTokenCheck(adminToken: string): TokenCheck {
  const expected = digest(adminToken);
  return (authorization) => {
    const token = tokenOf(authorization);
    return token !== undefined && timingSafeEqual(digest(token), expected);
  };
}

function tokenOf(authorization: string): string | undefined {
  const [, scheme = '', credentials = ''] = /^(Bearer|Basic) +(\S+)$/i.exec(authorization) ?? [];
  if (scheme.toLowerCase() !== 'basic') return credentials || undefined;
  const pair = Buffer.from(credentials, 'base64').toString();
  // A user name has no colon, a password may have some.
  const colon = pair.indexOf(':');
  return colon < 0 ? undefined : pair.slice(colon + 1);
}

// Digests have one length, and tell nothing of how much of a guess was right.
function digest(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}

/** Whether a field of the document is for operators. An alias or a string of that name is not. */
export function asksOperatorField(document: string, maxTokens: number): boolean {
  let asks = false;
  try {
    visit(parse(document, { maxTokens, noLocation: true }), {
      Field({ name }) {
        asks ||= OPERATOR_FIELDS.has(name.value);
      },
    });
  } catch {
    // Whoever executes it will say what is wrong with it.
  }
  return asks;
}
