import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** What the headers of a delivery claim. The body must prove it. */
export interface Claim {
  /** Unix seconds, as they were sent: their text is signed. */
  readonly timestamp: string;
  /** SHA-256 HMACs, of 32 bytes each. */
  readonly signatures: readonly Buffer[];
}

/** How far a timestamp may be from the time here, to either side, in milliseconds. */
const WINDOW_MS = 5 * 60_000;

/** Reads `X-Timestamp` and `X-Signature`, or returns which of them is missing or invalid. `now` is in milliseconds. */
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

/** Whether one of the signatures is valid for one of the secrets. The time it takes reveals nothing about a guess. */
export function isSigned(claim: Claim, body: Buffer, secrets: readonly string[]): boolean {
  let signed = false;
  for (const secret of secrets) {
    const expected = createHmac('sha256', secret).update(`${claim.timestamp}.`).update(body).digest();
    for (const signature of claim.signatures) if (timingSafeEqual(signature, expected)) signed = true;
  }
  return signed;
}

/**
 * The digest of the signed content, in hexadecimal, which is unique to a delivery. A signature is not: the same delivery
 * may be repeated with another one.
 */
export function identityOf({ timestamp }: Claim, body: Buffer): string {
  return createHash('sha256').update(`${timestamp}.`).update(body).digest('hex');
}
