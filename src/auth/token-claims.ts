import type { JWTHeaderParameters, JWTPayload } from 'jose';
import type { Principal } from '../domain/principal.ts';

/** The signature is right, but the claims are none of a principal. */
export class InvalidClaims extends Error {
  override name = 'InvalidClaims' as const;
}

/** Of 1 to 256 characters, without control characters, line breaks and changes of direction, which distort a log or page. */
const TEXT = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]{1,256}$/u;
/** The end of the year 9999, the last that RFC 3339 can express, in seconds. */
const MAX_TIME = 253_402_300_799;
/**
 * ID tokens are JWTs of no named type; RFC 9068 names access tokens. Other types, such as `logout+jwt`, are signed by the
 * same keys but identify nobody (RFC 8725, section 3.11).
 */
const TYPES: ReadonlySet<unknown> = new Set(['jwt', 'application/jwt', 'at+jwt', 'application/at+jwt']);

/** The principal of a verified token. Throws InvalidClaims. */
export function readPrincipal({ typ = 'JWT' }: JWTHeaderParameters, claims: JWTPayload): Principal {
  const { sub, exp, name, preferred_username, email } = claims;
  if (!TYPES.has(String(typ).toLowerCase()) || !isText(sub) || !isTime(exp)) throw new InvalidClaims();
  return {
    id: sub,
    name: [name, preferred_username, email].find(isText) ?? sub,
    kind: isOfClient(claims) ? 'machine' : 'user',
    signedInAt: [claims.auth_time, claims.iat].filter(isTime).map(toMs)[0] ?? null,
    expiresAt: toMs(exp),
  };
}

/** Whether the token was issued to the client itself, for nobody's sake. Auth0 tells by `gty`. */
function isOfClient({ sub, client_id, azp, gty }: JWTPayload): boolean {
  return client_id === sub || azp === sub || gty === 'client-credentials';
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && TEXT.test(value) && value.trim() !== '';
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= MAX_TIME;
}

function toMs(seconds: number): number {
  return Math.floor(seconds * 1000);
}
