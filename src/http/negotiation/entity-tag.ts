import { hash } from 'node:crypto';
import type { Coding } from './representation.ts';

// 162 bits: nobody finds two contents with the same tag, and the header stays short.
const DIGEST_LENGTH = 27;

/**
 * The strong entity tag, in its quotes, of `bytes` as they are sent in `coding`. The bytes are those before coding; each
 * coding has a tag of its own, because its bytes differ (RFC 9110, 8.8.3.3).
 */
export function entityTag(bytes: Buffer, coding: Coding): string {
  const digest = hash('sha256', bytes, 'base64url').slice(0, DIGEST_LENGTH);
  return coding === 'identity' ? `"${digest}"` : `"${digest}-${coding}"`;
}

/**
 * Whether an If-None-Match header names `etag`, so that 304 is all the answer the client needs. Tags are compared
 * weakly (RFC 9110, 13.1.2), and `*` names any. What is malformed names nothing: the client gets the answer once more.
 */
export function isNotModified(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  // To compare weakly is to compare what is in the quotes, which may hold commas but no quote.
  const quoted = etag.slice(etag.indexOf('"'));
  let open = ifNoneMatch.indexOf('"');
  while (open >= 0) {
    if (ifNoneMatch.startsWith(quoted, open)) return true;
    const close = ifNoneMatch.indexOf('"', open + 1);
    if (close < 0) return false;
    open = ifNoneMatch.indexOf('"', close + 1);
  }
  return false;
}
