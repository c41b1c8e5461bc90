import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** What the headers of a delivery say of it. Nothing of it is true before it is proven by the body. */
export interface Claim {
  /** Unix seconds, as they were sent: the text of them is signed. */
  readonly timestamp: string;
  /** SHA-256 HMACs, of 32 bytes each. */
  readonly signatures: readonly Buffer[];
}

/** How far a timestamp may be from the time here, to either side, in milliseconds. */
const WINDOW_MS = 5 * 60_000;

/** Reads `X-Timestamp` and `X-Signature`, or tells which of them is missing or wrong. `now` is in milliseconds. */
export function claimOf(headers: IncomingHttpHeaders, now: number): Claim | 'timestamp' | 'signature' {
  const timestamp = String(headers['x-timestamp']);
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(Number(timestamp) * 1000 - now) > WINDOW_MS)
    return 'timestamp';
  const signatures = String(headers['x-signature'])
    .split(',')
    .flatMap((each) => /^sha256=([0-9a-f]{64})$/i.exec(each.trim())?.[1] ?? [])
    .map((digest) => Buffer.from(digest, 'hex'));
  return signatures.length > 0 ? { timestamp, signatures } : 'signature';
}

/** Whether one of the signatures is by one of the secrets. How long that takes does not tell which, nor how nearly. */
export function isSigned(claim: Claim, body: Buffer, secrets: readonly string[]): boolean {
  let signed = false;
  for (const secret of secrets) {
    const expected = createHmac('sha256', secret).update(`${claim.timestamp}.`).update(body).digest();
    for (const signature of claim.signatures) if (timingSafeEqual(signature, expected)) signed = true;
  }
  return signed;
}

/**
 * What tells a delivery from all others: the digest, in hexadecimal, of what is signed. Not a signature, of which it may
 * have several: sent again with another of them it is the same delivery.
 */
export function identityOf({ timestamp }: Claim, body: Buffer): string {
  return createHash('sha256').update(`${timestamp}.`).update(body).digest('hex');
}
