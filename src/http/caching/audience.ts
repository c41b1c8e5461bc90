import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** For whom an answer is: everybody, or who sends these credentials. */
export interface Audience {
  readonly kind: 'public' | 'private';
  /** Tells one audience from every other; of credentials only a digest. */
  readonly id: string;
}

const PUBLIC: Audience = Object.freeze({ kind: 'public', id: '' });

/** By what a request says who sends it. Answers vary by these headers, and by no other. */
export const CREDENTIAL_HEADERS = ['Authorization', 'Cookie'] as const;

/**
 * Everybody who sends no credentials is one audience, and each set of credentials is one by itself. `shared`: credentials
 * tell nothing here, as where a proxy in front has checked them.
 */
export function audienceOf({ authorization, cookie }: IncomingHttpHeaders, shared: boolean): Audience {
  if (shared || (authorization === undefined && cookie === undefined)) return PUBLIC;
  // As a list, so that no two pairs are one text.
  const credentials = JSON.stringify([authorization, cookie]);
  return { kind: 'private', id: hash('sha256', credentials, 'base64url') };
}
