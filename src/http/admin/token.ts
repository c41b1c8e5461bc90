import { hash, timingSafeEqual } from 'node:crypto';

/**
 * How a request carries the token: as a bearer token (RFC 6750), or as the password of whatever user name (RFC 7617),
 * which is what a browser's own dialog sends, and from then on with each request to that origin.
 */
export type Scheme = 'Bearer' | 'Basic';

/** `none` is for a request that carries no credentials of these schemes. */
export type Verdict = 'right' | 'wrong' | 'none';

/** Tells whether an Authorization header carries the admin token. */
export type TokenCheck = (authorization: string | undefined, schemes: readonly Scheme[]) => Verdict;

export function createTokenCheck(adminToken: string): TokenCheck {
  const expected = digest(adminToken);
  return (authorization, schemes) => {
    const [, name = '', credentials = ''] = /^(\S+) *(.*)$/.exec(authorization ?? '') ?? [];
    const scheme = schemes.find((each) => each.toLowerCase() === name.toLowerCase());
    if (!scheme) return 'none';
    const token = scheme === 'Basic' ? passwordOf(credentials) : credentials;
    return timingSafeEqual(digest(token), expected) ? 'right' : 'wrong';
  };
}

function passwordOf(credentials: string): string {
  const pair = Buffer.from(credentials, 'base64').toString();
  // A user name has no colon, a password may have some.
  const colon = pair.indexOf(':');
  return colon < 0 ? '' : pair.slice(colon + 1);
}

// Digests have one length, and tell nothing of how much of a guess was right.
function digest(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
