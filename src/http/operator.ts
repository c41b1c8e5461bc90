import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Whether the request carries the admin token as a bearer token (RFC 6750). Nobody does where there is none. */
export function isOperator({ authorization }: IncomingHttpHeaders, adminToken: string | null): boolean {
  // Of most requests there is nothing to look at.
  if (adminToken === null || authorization === undefined) return false;
  const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  return token !== undefined && timingSafeEqual(digest(token), digest(adminToken));
}

// Digests have one length, and tell nothing of how much of a guess was right.
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
